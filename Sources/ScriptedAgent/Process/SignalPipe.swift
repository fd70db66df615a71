import Glibc

/// Turns signals into bytes that `poll` can wait for.
///
/// The handler may know no variable, so the write end lives at a fixed descriptor number.
struct SignalPipe {
    private static let writeDescriptor: Int32 = 97

    /// The end to wait on.
    let readDescriptor: Int32

    /// Takes over SIGTERM, SIGINT, SIGHUP and SIGCHLD, and makes SIGPIPE harmless.
    init?() {
        guard let ends = PipeEnds(), dup2(ends.writing, Self.writeDescriptor) >= 0 else { return nil }
        _ = fcntl(Self.writeDescriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(Self.writeDescriptor, F_SETFL, O_NONBLOCK)
        close(ends.writing)
        self.readDescriptor = ends.reading
        // A parent that starts us from a thread of libdispatch hands down a mask that blocks everything.
        var nothing = sigset_t()
        sigemptyset(&nothing)
        sigprocmask(SIG_SETMASK, &nothing, nil)
        for number in [SIGTERM, SIGINT, SIGHUP, SIGCHLD] {
            signal(number) { number in
                let before = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(SignalPipe.writeDescriptor, &byte, 1)
                errno = before
            }
        }
        signal(SIGPIPE) { _ in }
    }

    /// The signals that have come since the last call, in order.
    func take() -> [Int32] {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(self.readDescriptor, &buffer, buffer.count)
        return count > 0 ? buffer[..<count].map { Int32($0) } : []
    }
}
