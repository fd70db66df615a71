import Glibc

/// A TCP connection to 127.0.0.1 that says whatever it likes, and reads only when it is asked to.
///
/// Nothing of it blocks.
final class RawSocket {
    /// Why there is none.
    struct CannotConnect: Error {
        let reason: Int32
    }

    /// What a test keeps of what was received.
    private static let maximumKept = 1 << 20

    private var descriptor: Int32
    /// What has come, the first part of it.
    private(set) var received: [UInt8] = []
    /// All that has come.
    private(set) var receivedBytes = 0
    /// Whether the server has closed its side or reset the connection.
    private(set) var isEnded = false
    /// What the server has taken of what was sent.
    private(set) var sentBytes = 0

    /// Connects; `receiveBuffer` is the kernel's, in bytes.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let reason = errno
            self.close()
            throw CannotConnect(reason: reason)
        }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit {
        self.close()
    }

    var text: String { String(decoding: self.received, as: UTF8.self) }
    /// The status of the first answer.
    var status: Int? {
        let words = self.text.prefix(64).split(separator: " ")
        return words.count > 1 && self.text.hasPrefix("HTTP/1.1 ") ? Int(words[1]) : nil
    }
    /// Answers of HTTP/1.1 that have come.
    var answers: Int { self.text.ranges(of: "HTTP/1.1 ").count }

    /// Sends what the kernel takes at once.
    ///
    /// - Returns: bytes taken; nil when the connection is broken.
    @discardableResult
    func push(_ bytes: some Sequence<UInt8>) -> Int? {
        let bytes = Array(bytes)
        let count = Glibc.send(self.descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        guard count >= 0 else { return errno == EAGAIN ? 0 : nil }
        self.sentBytes += count
        return count
    }

    /// Sends all of it, reading meanwhile when `reads`.
    ///
    /// - Returns: false when the connection broke or the server closed it before.
    @discardableResult
    func send(_ bytes: [UInt8], reads: Bool = true, within limit: Duration = .seconds(60)) async throws -> Bool {
        var rest = bytes[...]
        let deadline = ContinuousClock.now + limit
        while !rest.isEmpty {
            guard let count = self.push(rest.prefix(1 << 18)) else { return false }
            rest = rest.dropFirst(count)
            if reads {
                self.pull()
                if self.isEnded { return false }
            }
            guard count == 0 else { continue }
            guard ContinuousClock.now < deadline else { throw Timeout("room to send in", after: limit) }
            try await Task.sleep(for: .milliseconds(1))
        }
        return true
    }

    @discardableResult
    func send(_ text: String) async throws -> Bool {
        try await self.send(Array(text.utf8))
    }

    /// Takes what has come.
    func pull() {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while !self.isEnded {
            let count = recv(self.descriptor, &chunk, chunk.count, 0)
            if count > 0 {
                self.receivedBytes += count
                if self.received.count < Self.maximumKept { self.received += chunk[..<count] }
            } else if count == 0 || errno != EAGAIN {
                self.isEnded = true
            } else {
                return
            }
        }
    }

    /// Reads until the server closes.
    func readToEnd(within limit: Duration = .seconds(60)) async throws {
        try await waitUntil("close by the server", within: limit) {
            self.pull()
            return self.isEnded
        }
    }

    /// Reads until `isEnough` holds or the server closes.
    func read(within limit: Duration = .seconds(60), until isEnough: (RawSocket) -> Bool) async throws {
        try await waitUntil("answer", within: limit) {
            self.pull()
            return self.isEnded || isEnough(self)
        }
    }

    /// Says that nothing more will be sent.
    func closeOutput() {
        shutdown(self.descriptor, Int32(SHUT_WR))
    }

    func close() {
        guard self.descriptor >= 0 else { return }
        Glibc.close(self.descriptor)
        self.descriptor = -1
    }
}

/// Waits until the server has closed all of them; a few may be asked about at a time.
func readToEnd(_ sockets: [RawSocket], within limit: Duration = .seconds(60)) async throws {
    let deadline = ContinuousClock.now + limit
    for socket in sockets { try await socket.readToEnd(within: max(.zero, deadline - .now)) }
}
