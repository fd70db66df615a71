/// Whose connection it is, as far as limits go: an IPv4 address, or the 64 bits of IPv6 that one customer has
/// (RFC 6177 §2).
struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    private let bytes: [UInt8]
    let isLoopback: Bool

    /// - Parameter address: of a client; `nil` for one without, such as a socket of this machine's file system.
    init(_ address: IPAddress?) {
        guard let address else {
            self.bytes = []
            self.isLoopback = true
            return
        }
        let bytes = address.bytes
        self.isLoopback = bytes.count == 4 ? bytes[0] == 127 : bytes == Array(repeating: 0, count: 15) + [1]
        self.bytes = Array(bytes.prefix(8))
    }

    var description: String {
        guard self.bytes.count == 8 else { return self.bytes.map { "\($0)" }.joined(separator: ".") }
        let groups = stride(from: 0, to: 8, by: 2).map { index in
            String(UInt16(self.bytes[index]) << 8 | UInt16(self.bytes[index + 1]), radix: 16)
        }
        return groups.joined(separator: ":") + "::/64"
    }
}
