import Glibc

/// Makes the pipes of an idle child cost little.
///
/// swift-subprocess keeps a buffer as large as the pipe for every read that waits, and a pipe has 64 KiB unless it is told
/// otherwise (pipe(7)): 128 KiB for a child that says nothing. The CLI never blocks on a full pipe (PROTOCOL §4).
enum PipeSize {
    /// Whole lines of deltas fit; a burst takes more reads.
    static let output: Int32 = 16 << 10
    /// One page, the least there is; stderr is empty as a rule.
    static let error: Int32 = 4096
    /// `F_SETPIPE_SZ` of fcntl(2), a macro Swift does not import.
    private static let setPipeSize: Int32 = 1031

    /// Shrinks the pipe that is a child's descriptor.
    ///
    /// Before the first read. A pipe that holds more already, or is gone, stays as it is.
    static func shrink(_ descriptor: Int32, of pid: Int32, to size: Int32) {
        let file = open("/proc/\(pid)/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = fcntl(file, Self.setPipeSize, size)
        close(file)
    }
}
