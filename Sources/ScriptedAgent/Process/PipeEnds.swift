import Glibc

/// The two ends of a new pipe; neither is inherited, and reading never blocks.
struct PipeEnds {
    let reading: Int32
    let writing: Int32

    /// Makes a pipe; nil when the system has none left.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        self.reading = ends[0]
        self.writing = ends[1]
    }
}
