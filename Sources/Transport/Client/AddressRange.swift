/// Addresses that begin alike: `10.0.0.0/8`, `fd00::/8`, or a single one (RFC 4632 §3.1).
package struct AddressRange: Sendable, Hashable {
    private let first: IPAddress
    private let prefixLength: Int

    /// Reads `ADDRESS` or `ADDRESS/BITS`; `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = IPAddress(parts[0]) else { return nil }
        let most = first.bytes.count * 8
        var prefixLength = most
        if parts.count == 2 {
            guard let bits = Int(parts[1]), (0...most).contains(bits), parts[1].allSatisfy(\.isNumber) else {
                return nil
            }
            prefixLength = bits
        }
        (self.first, self.prefixLength) = (first, prefixLength)
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == self.first.bytes.count else { return false }
        let whole = self.prefixLength / 8
        guard address.bytes[..<whole] == self.first.bytes[..<whole] else { return false }
        let rest = self.prefixLength % 8
        guard rest > 0 else { return true }
        return (address.bytes[whole] ^ self.first.bytes[whole]) >> UInt8(8 - rest) == 0
    }
}
