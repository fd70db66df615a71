import Glibc

/// A service manager's end of sd_notify: a datagram socket that keeps what it is sent.
final class NotifyListener {
    struct CannotListen: Error {
        let reason: Int32
    }

    /// What `NOTIFY_SOCKET` has to be.
    let name: String
    private let descriptor: Int32
    private var received: [String] = []

    /// Listens on `name`: a path, or `@` and a name in the abstract namespace.
    init(_ name: String) throws {
        self.name = name
        self.descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if name.hasPrefix("@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(self.descriptor, $0, length) }
        }
        guard bound == 0 else { throw CannotListen(reason: errno) }
    }

    deinit {
        close(self.descriptor)
    }

    /// All messages so far, oldest first.
    var messages: [String] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(self.descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count >= 0 else { return self.received }
            self.received.append(String(decoding: buffer.prefix(count), as: UTF8.self))
        }
    }

    /// The first line of each.
    var words: [String] {
        self.messages.map { $0.split(separator: "\n").first.map(String.init) ?? "" }
    }
}
