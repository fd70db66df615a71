/// All addresses that begin with the same bits, as `10.0.0.0/8` or `fc00::/7`; one address is a block of its own.
package struct TargetBlock: Sendable, Hashable {
    private let address: TargetAddress
    private let bits: Int

    /// Reads `ADDRESS/BITS` or `ADDRESS`; `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        let sides = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = sides.first, let address = TargetAddress(first) else { return nil }
        let width = address.bytes.count * 8
        guard sides.count == 2 else {
            self.init(address: address, bits: width)
            return
        }
        guard let bits = Int(sides[1]), (0...width).contains(bits), sides[1].allSatisfy(\.isNumber) else { return nil }
        self.init(address: address, bits: bits)
    }

    private init(address: TargetAddress, bits: Int) {
        self.address = address
        self.bits = bits
    }

    /// Whether an address is one of them; never one of the other version.
    package func contains(_ other: TargetAddress) -> Bool {
        guard other.bytes.count == self.address.bytes.count else { return false }
        let whole = self.bits / 8
        guard other.bytes[..<whole] == self.address.bytes[..<whole] else { return false }
        let rest = self.bits % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> rest)
        return other.bytes[whole] & mask == self.address.bytes[whole] & mask
    }
}
