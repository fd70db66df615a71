import Glibc
import NIOCore
import SystemPackage

/// The program behind `troupe adapter`: stands between a session, which speaks the CLI's protocol, and another agent's
/// program, which is run once for each prompt.
///
/// One thread that waits for whatever comes first. Ends when its standard input does.
package struct AdapterProgram<Events: AdapterEvents>: ~Copyable {
    /// How long it may be before the end of a program is noticed that has left its output to others.
    private let patience: Int32 = 500
    /// What is kept of a program's complaints.
    private let longestErrors = 8 << 10

    private let path: String
    private var machine: AdapterMachine<Events>
    private var child: AdapterChild?
    private var hostLines = LineFramer(spillDirectory: "/tmp")
    private var programLines = LineFramer(spillDirectory: "/tmp")
    private var errors: [UInt8] = []
    private var isOutputOpen = false
    private var isErrorsOpen = false

    /// - Parameters:
    ///   - name: what people call it.
    ///   - path: the program.
    ///   - arguments: further ones for it.
    ///   - flags: those of the CLI.
    package init(name: String, path: String, arguments: [String], flags: [String]) {
        self.path = path
        var directory = [CChar](repeating: 0, count: Int(PATH_MAX))
        let here = getcwd(&directory, directory.count).map { String(cString: $0) } ?? "/"
        self.machine = AdapterMachine(name: name, flags: flags, arguments: arguments, directory: here)
    }

    /// Runs until the host has closed its end; the program is not left behind.
    package mutating func run() {
        // Handled, not ignored: what is ignored stays so in the programs that are started.
        for number in [SIGPIPE, SIGCHLD, SIGINT] { signal(number) { _ in } }
        var isHostOpen = true
        while isHostOpen {
            let ready = self.wait()
            if ready.contains(STDIN_FILENO) { isHostOpen = self.readHost() }
            self.attend(ready)
        }
        guard let child = self.child.take() else { return }
        kill(child.pid, SIGTERM)
        _ = child.exitCode(isWaiting: true)
    }

    // MARK: Steps

    /// Waits for the first descriptor that has something, or takes something.
    private func wait() -> Set<Int32> {
        var descriptors = [pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)]
        if let output = self.child?.output, self.isOutputOpen {
            descriptors.append(pollfd(fd: output, events: Int16(POLLIN), revents: 0))
        }
        if let errors = self.child?.errors, self.isErrorsOpen {
            descriptors.append(pollfd(fd: errors, events: Int16(POLLIN), revents: 0))
        }
        if let input = self.child?.input, input >= 0 {
            descriptors.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0))
        }
        guard poll(&descriptors, nfds_t(descriptors.count), self.patience) > 0 else { return [] }
        return Set(descriptors.filter { $0.revents != 0 }.map(\.fd))
    }

    private mutating func readHost() -> Bool {
        var (bytes, isOpen) = Self.read(STDIN_FILENO)
        var lines: [FramedLine] = []
        self.hostLines.append(bytes, to: &lines)
        bytes.clear()
        for case .line(let line) in lines where line.readableBytes > 0 {
            self.perform(self.machine.hostSaid(line, now: .now))
        }
        return isOpen
    }

    private mutating func attend(_ ready: Set<Int32>) {
        guard let output = self.child?.output, let errors = self.child?.errors, let input = self.child?.input else {
            return
        }
        if ready.contains(input) { self.child?.write() }
        if ready.contains(errors) { self.isErrorsOpen = self.readErrors(errors) }
        if ready.contains(output) { self.isOutputOpen = self.readProgram(output) }
        let isSilent = !self.isOutputOpen && !self.isErrorsOpen
        guard let code = self.child?.exitCode(isWaiting: isSilent) else { return }
        // What it wrote before its end; others may have its pipes and write on.
        _ = self.readErrors(errors)
        if self.isOutputOpen { while self.readProgram(output, isLast: true) {} }
        _ = self.programLines.finish()
        self.child = nil
        let said = String(decoding: self.errors, as: UTF8.self)
        self.perform(self.machine.programEnded(code: code, errors: said, now: .now))
    }

    private mutating func readErrors(_ descriptor: Int32) -> Bool {
        let (bytes, isOpen) = Self.read(descriptor)
        self.errors += bytes.readableBytesView
        self.errors = self.errors.suffix(self.longestErrors)
        return isOpen
    }

    /// - Returns: whether there may be more; at the last, only if there was something now.
    private mutating func readProgram(_ descriptor: Int32, isLast: Bool = false) -> Bool {
        let (bytes, isOpen) = Self.read(descriptor)
        var lines: [FramedLine] = []
        self.programLines.append(bytes, to: &lines)
        for line in lines {
            switch line {
            case .line(let line): self.perform(self.machine.programSaid(line))
            case .spilled(let path, _, _): unlink(path)
            }
        }
        return isOpen && (!isLast || bytes.readableBytes > 0)
    }

    private mutating func perform(_ actions: [AdapterMachine<Events>.Action]) {
        for action in actions {
            switch action {
            case .write(let line): Self.write(line)
            case .stop: self.child?.interrupt()
            case .run(let arguments, let input): self.start(arguments, input)
            }
        }
    }

    private mutating func start(_ arguments: [String], _ input: String) {
        self.errors = []
        self.programLines = LineFramer(spillDirectory: "/tmp")
        guard let child = AdapterChild(self.path, arguments, input: input) else {
            let reason = String(cString: strerror(errno))
            return self.perform(self.machine.programEnded(code: 127, errors: reason, now: .now))
        }
        self.child = child
        (self.isOutputOpen, self.isErrorsOpen) = (true, true)
    }

    /// What is there now, and whether more can come.
    private static func read(_ descriptor: Int32) -> (ByteBuffer, isOpen: Bool) {
        var buffer = ByteBufferAllocator().buffer(capacity: 64 << 10)
        var isOpen = true
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 64 << 10) { space in
            while true {
                let count = Glibc.read(descriptor, space.baseAddress, space.count)
                if count > 0 { return count }
                if count < 0, errno == EINTR { continue }
                isOpen = count < 0 && errno == EAGAIN
                return 0
            }
        }
        return (buffer, isOpen)
    }

    /// Writes a line to the host, which is waited for.
    private static func write(_ line: ByteBuffer) {
        var line = line
        line.writeStaticString("\n")
        while line.readableBytes > 0 {
            let count = line.readWithUnsafeReadableBytes { bytes in
                max(0, Glibc.write(STDOUT_FILENO, bytes.baseAddress, bytes.count))
            }
            if count == 0, errno != EINTR { return }
        }
    }
}
