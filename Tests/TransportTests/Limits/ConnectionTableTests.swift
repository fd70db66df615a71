import Testing

@testable import Transport

@Suite
struct ConnectionTableTests {
    private static func limits(_ total: Int, _ each: Int) -> ConnectionLimits {
        var limits = ConnectionLimits()
        limits.maximumConnections = total
        limits.maximumConnectionsPerAddress = each
        return limits
    }

    @Test func `one address has its share, all have theirs, and what leaves makes room`() {
        var table = ConnectionTable()
        let limits = Self.limits(5, 2)
        let one = block("10.0.0.1"), two = block("10.0.0.2")
        let home = block("127.0.0.1"), other = block("10.0.0.3")
        #expect(
            table.enter(one, isExempt: false, limits) == .admitted
                && table.enter(one, isExempt: false, limits) == .admitted
        )
        #expect(table.enter(one, isExempt: false, limits) == .refused)
        #expect(table.enter(two, isExempt: false, limits) == .admitted)
        #expect(table.enter(home, isExempt: false, limits) == .admitted)
        #expect(table.enter(other, isExempt: false, limits) == .admitted)
        #expect(table.enter(block("10.0.0.4"), isExempt: false, limits) == .refused)
        #expect(table.count == 5 && table.refusals == 2)
        table.leave(one)
        #expect(table.enter(one, isExempt: false, limits) == .admitted)
    }

    @Test func `who is exempt counts for all, not for the address`() {
        var table = ConnectionTable()
        let limits = Self.limits(3, 1)
        let home = block("::1")
        for _ in 0..<3 { #expect(table.enter(home, isExempt: true, limits) == .admitted) }
        #expect(table.enter(home, isExempt: true, limits) == .refused)
    }

    @Test func `only some are told why, and all that leave are forgotten`() {
        var table = ConnectionTable()
        let limits = Self.limits(1, 1)
        let one = block("10.0.0.1")
        #expect(table.enter(one, isExempt: false, limits) == .admitted)
        for _ in 0..<ConnectionTable.maximumRefusals { #expect(table.enter(one, isExempt: false, limits) == .refused) }
        #expect(table.enter(one, isExempt: false, limits) == .dropped)
        table.refusalEnded()
        #expect(table.enter(one, isExempt: false, limits) == .refused)
        table.leave(one)
        #expect(table.count == 0 && table.addresses == 0)
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1", true), ("127.1.2.3", "127.1.2.3", true), ("::1", "0:0:0:0::/64", true),
        ("::ffff:127.0.0.1", "127.0.0.1", true), ("::ffff:10.0.0.1", "10.0.0.1", false),
        ("10.0.0.1", "10.0.0.1", false), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", false),
        ("2001:db8::1", "2001:db8:0:0::/64", false), ("::", "0:0:0:0::/64", false),
    ])
    func `an address of IPv6 is its first half`(text: String, known: String, isLoopback: Bool) {
        #expect(block(text).description == known && block(text).isLoopback == isLoopback)
    }
}

private func block(_ text: String) -> AddressBlock {
    AddressBlock(IPAddress(text))
}
