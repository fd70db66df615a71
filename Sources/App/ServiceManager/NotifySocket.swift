import Foundation

/// Where a service manager listens: `$NOTIFY_SOCKET`, a datagram socket (sd_notify(3)).
struct NotifySocket: Sendable {
    /// A path, or a name in the abstract namespace with `@` for its zero byte.
    private let name: String

    /// - Returns: `nil` where no service manager listens, or in a form that is none of ours (`vsock:`).
    init?(_ environment: [String: String]) {
        guard let name = environment["NOTIFY_SOCKET"], let first = name.first, first == "/" || first == "@",
            name.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        else { return nil }
        self.name = name
    }

    /// Sends one message; a service manager that cannot be reached is none of the server's trouble.
    ///
    /// - Returns: whether it was taken.
    @discardableResult
    func send(_ message: NotifyMessage) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(self.name.utf8)
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        // An abstract name has no end but the length; a path may have its zero byte or not (unix(7)).
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + bytes.count } ?? 0
        let text = Array(message.text.utf8)
        let sent = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), $0, socklen_t(length))
            }
        }
        return sent == text.count
    }
}
