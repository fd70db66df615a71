import NIOCore
import Testing

@testable import Transport

struct IPAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::1", "::1"), ("2001:DB8::0:1", "2001:db8::1"), ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::ffff:a00:1", "10.0.0.1"), ("0.0.0.0", "0.0.0.0"),
    ])
    func `an address has one form`(text: String, form: String) {
        #expect(IPAddress(text)?.description == form)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4:80", "[::1]", "::1%lo", ":::", "localhost", "1.2.3.4 ",
        "2001:db8:::1", "01.2.3.4567",
    ])
    func `anything else is none`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test
    func `a peer is its address without port and zone`() throws {
        #expect(IPAddress(try SocketAddress(ipAddress: "::ffff:10.1.2.3", port: 5))?.description == "10.1.2.3")
        #expect(IPAddress(try SocketAddress(unixDomainSocketPath: "/run/x")) == nil)
        #expect(IPAddress(nil as SocketAddress?) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.4", false), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
        ("192.168.1.128/25", "192.168.1.127", false), ("192.168.1.128/25", "192.168.1.200", true),
        ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe80::1", false), ("::1", "::1", true),
        ("2001:db8::/33", "2001:db8:8000::1", false), ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ("172.16.0.0/12", "172.31.255.255", true), ("172.16.0.0/12", "172.32.0.0", false),
    ])
    func `a range holds what begins as it does`(range: String, address: String, isIn: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(IPAddress(address))) == isIn)
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "::/129", "x",
    ])
    func `what is no range is refused`(text: String) {
        #expect(AddressRange(text) == nil)
    }
}
