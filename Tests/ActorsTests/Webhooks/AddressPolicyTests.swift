import Testing

@testable import Actors

@Suite struct AddressPolicyTests {
    private static let policy = AddressPolicy()

    /// Every special block, by its ends and what lies next to them.
    @Test(arguments: [
        "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
        "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255",
        "192.0.0.0", "192.0.0.170", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.0.0",
        "192.168.255.255", "192.175.48.1", "198.18.0.0", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1",
        "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::2", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
        "::ffff:0:8.8.8.8", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254",
        "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:0:808:808::1", "2001:10::1", "2001:20::1", "2001:1ff:ffff::1",
        "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "2620:4f:8000::1", "3fff::1", "3fff:fff::1", "4000::1",
        "5f00::1", "fc00::1", "fdff::1", "fd00:ec2::254", "fe80::1", "febf::1", "fec0::1", "feff::1", "ff02::1",
        "ffff::1",
        "1fff::1", "e000::1",
    ])
    func `an address that is not of the public internet is refused`(text: String) throws {
        let address = try #require(TargetAddress(text))
        #expect(!AddressPolicy.isPublic(address))
        #expect(Self.policy.choose([address], of: "receiver.example") == nil)
    }

    @Test(arguments: [
        "1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0",
        "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.1", "203.0.114.1",
        "223.255.255.255",
        "2000::1", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2606:4700::1111", "2a00:1450::1", "3ffe::1",
        "64:ff9b::8.8.8.8",
    ])
    func `a public address is allowed`(text: String) throws {
        let address = try #require(TargetAddress(text))
        #expect(AddressPolicy.isPublic(address))
        #expect(Self.policy.choose([address], of: "receiver.example") == address)
    }

    @Test func `one private address among public ones refuses the host`() throws {
        let good = try #require(TargetAddress("8.8.8.8"))
        let bad = try #require(TargetAddress("127.0.0.1"))
        #expect(Self.policy.choose([good, bad], of: "receiver.example") == nil)
        #expect(Self.policy.choose([], of: "receiver.example") == nil)
    }

    @Test func `what the operator names is allowed, and no more`() throws {
        let exceptions = ["10.1.0.0/16", "127.0.0.1", "Build.Internal.", "fd00:1::/32"].map {
            AddressPolicy.Exception($0)
        }
        let policy = AddressPolicy(allowing: exceptions.compactMap { $0 })
        #expect(exceptions.count(where: { $0 != nil }) == 4)
        func allows(_ address: String, of host: String = "other.example") throws -> Bool {
            policy.allows(try #require(TargetAddress(address)), of: host)
        }
        #expect(try allows("10.1.255.255"))
        #expect(try !allows("10.2.0.0"))
        #expect(try allows("127.0.0.1"))
        #expect(try !allows("127.0.0.2"))
        #expect(try allows("fd00:1::9"))
        #expect(try !allows("fd00:2::9"))
        #expect(try allows("192.168.7.7", of: "build.internal"))
        #expect(try allows("192.168.7.7", of: "BUILD.internal."))
        #expect(try !allows("192.168.7.7", of: "build.internal.evil.example"))
        #expect(try !allows("::ffff:127.0.0.1"))
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "::/129", "a b", "host:80", "http://host", "10.0.0.0/8/8",
    ])
    func `what is no host and no block opens nothing`(text: String) {
        #expect(AddressPolicy.Exception(text) == nil)
    }
}

@Suite struct TargetAddressTests {
    @Test(arguments: [
        ("1.2.3.4", "1.2.3.4"), ("255.255.255.255", "255.255.255.255"), ("::", "0:0:0:0:0:0:0:0"),
        ("::1", "0:0:0:0:0:0:0:1"), ("1::", "1:0:0:0:0:0:0:0"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("A::b", "a:0:0:0:0:0:0:b"), ("::ffff:1.2.3.4", "0:0:0:0:0:ffff:102:304"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("0001:2::", "1:2:0:0:0:0:0:0"),
    ])
    func `an address is read as RFC 4291 writes it`(text: String, description: String) {
        #expect(TargetAddress(text)?.description == description)
        #expect(TargetAddress(description)?.bytes == TargetAddress(text)?.bytes)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1.2.3.", ".1.2.3", "0x7f.0.0.1", "127.1",
        "2130706433", "+1.2.3.4", " 1.2.3.4", "1.2.3.٤", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
        "12345::", "g::", "::1%eth0", "[::1]", "::1.2.3", "1.2.3.4::", "1:2:3:4:5:6:7::8", "1:", ":1",
    ])
    func `nothing else is one`(text: String) {
        #expect(TargetAddress(text) == nil)
    }
}
