import Glibc

/// What is waiting to be written to a descriptor, in order.
///
/// Limits: none, like the CLI's own: a reader that does not read lets this grow, and never blocks the program. A stream
/// that could grow without end asks `isCongested` first. Once the reader is gone everything is dropped.
struct OutputPipe {
    /// The backlog at which a stream stops producing.
    private static let congestedBytes = 64 << 20

    private let descriptor: Int32
    private var pending: [UInt8] = []
    private var written = 0
    private var isClosed = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFIFO || kind == S_IFSOCK {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
    }

    /// Whether something waits for the reader.
    var hasPending: Bool { self.written < self.pending.count }

    /// Whether so much waits that a stream should pause.
    var isCongested: Bool { self.pending.count - self.written > Self.congestedBytes }

    /// Queues one line; the newline is added.
    mutating func write(_ line: JSON) {
        guard !self.isClosed else { return }
        line.append(to: &self.pending)
        self.pending.append(0x0A)
    }

    /// Queues bytes as they are.
    mutating func write(bytes: some Sequence<UInt8>) {
        guard !self.isClosed else { return }
        self.pending.append(contentsOf: bytes)
    }

    /// Writes as much as the reader takes now.
    mutating func flush() {
        while self.hasPending, !self.isClosed {
            let count = self.pending.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[self.written...])
                return Glibc.write(self.descriptor, rest.baseAddress, rest.count)
            }
            if count > 0 {
                self.written += count
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN {
                break
            } else {
                self.isClosed = true
            }
        }
        if self.isClosed || !self.hasPending {
            self.pending.removeAll(keepingCapacity: self.pending.capacity < 1 << 20)
            self.written = 0
        } else if self.written > 1 << 20 {
            self.pending.removeFirst(self.written)
            self.written = 0
        }
    }

    /// Writes everything, waiting for the reader at most `limit`.
    mutating func drain(limit: Duration) {
        let deadline = Clock.now + limit
        self.flush()
        while self.hasPending, Clock.now < deadline {
            var poller = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&poller, 1, 100)
            self.flush()
        }
    }
}
