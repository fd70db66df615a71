import Glibc

/// Waits for descriptors and for a moment, whichever is first.
struct Poller {
    private var entries: [pollfd] = []

    /// Waits for something to read.
    mutating func add(reading descriptor: Int32) {
        self.entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    }

    /// Waits for room to write.
    mutating func add(writing descriptor: Int32) {
        self.entries.append(pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0))
    }

    /// Returns at the first event or at `deadline`; nil is no deadline.
    mutating func wait(until deadline: Duration?) {
        let rest = deadline.map { max(.zero, $0 - Clock.now) }
        let milliseconds = rest.map { Int32(clamping: ($0 + .nanoseconds(999_999)).milliseconds) }
        poll(&self.entries, nfds_t(self.entries.count), milliseconds ?? -1)
    }

    /// Whether the last wait found something on that descriptor.
    func isReady(_ descriptor: Int32) -> Bool {
        self.entries.contains { $0.fd == descriptor && $0.revents != 0 }
    }
}
