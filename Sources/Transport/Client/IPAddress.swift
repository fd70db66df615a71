import Glibc
package import NIOCore

/// An IPv4 or IPv6 address; one that IPv6 only carries (`::ffff:10.0.0.1`) is its IPv4 address.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes, most significant first.
    let bytes: [UInt8]

    /// Reads the usual notation, without brackets, port or zone.
    package init?(_ text: some StringProtocol) {
        var buffer = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, String(text), &buffer) == 1 {
            self.init(bytes: Array(buffer.prefix(4)))
        } else if inet_pton(AF_INET6, String(text), &buffer) == 1 {
            self.init(bytes: buffer)
        } else {
            return nil
        }
    }

    /// The peer of a connection; `nil` for one that has no address, such as a socket of this machine's file system.
    package init?(_ address: SocketAddress?) {
        // A zone (fe80::1%eth0) is of no interest here, and inet_pton knows none.
        guard let text = address?.ipAddress?.prefix(while: { $0 != "%" }) else { return nil }
        self.init(text)
    }

    private init(bytes: [UInt8]) {
        let isMapped =
            bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        self.bytes = isMapped ? Array(bytes[12...]) : bytes
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = self.bytes.count == 4 ? AF_INET : AF_INET6
        inet_ntop(family, self.bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
