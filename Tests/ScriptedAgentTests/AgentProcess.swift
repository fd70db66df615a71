import Glibc
import Synchronization

@testable import ScriptedAgent

/// One `troupe-scripted-agent` that a test drives over its pipes.
///
/// Every wait has a limit, and the process is killed by its id when the test lets go of it.
final class AgentProcess {
    /// Why a wait came to nothing.
    enum Failure: Error {
        case cannotStart
        case noLine(after: [String])
        case noJSON(String)
        case noExit
    }

    /// How the process ended.
    enum Exit: Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// What hosts always pass.
    static let usualArguments = [
        "--output-format", "stream-json", "--verbose", "--input-format", "stream-json",
    ]

    let processID: pid_t
    /// The kinds of all lines so far, as `kind(of:)` names them.
    private(set) var kinds: [String] = []
    /// Kept as long as the process, which writes there.
    private let home: TemporaryDirectory
    private let input: Int32
    private var output: LineReader
    private let outputDescriptor: Int32
    private let errors: Int32
    private var waiting: [[UInt8]] = []
    private var isInputOpen = true
    private var exit: Exit?

    /// Starts the program beside the test bundle.
    init(
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        home: TemporaryDirectory,
        isPlain: Bool = false
    ) throws {
        let started = try Self.spawning.withLock { _ in
            try Self.start((isPlain ? [] : Self.usualArguments) + arguments, environment, home: home.path)
        }
        self.home = home
        self.processID = started.processID
        self.input = started.input
        self.outputDescriptor = started.output
        self.output = LineReader(started.output)
        self.errors = started.errors
    }

    /// Held while pipes are made and a process is started, so that no other test's process inherits them.
    private static let spawning = Mutex(())

    private static func start(
        _ arguments: [String],
        _ environment: [String: String],
        home: String
    ) throws -> (processID: pid_t, input: Int32, output: Int32, errors: Int32) {
        Glibc.signal(SIGPIPE, SIG_IGN)
        guard let inputEnds = PipeEnds(), let outputEnds = PipeEnds(), let errorEnds = PipeEnds() else {
            throw Failure.cannotStart
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, inputEnds.reading, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, outputEnds.writing, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errorEnds.writing, STDERR_FILENO)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let path = Self.executable
        let all = [path] + arguments
        var variables = ["HOME": home, "CLAUDE_CONFIG_DIR": home, "PATH": "/usr/bin:/bin", "IS_SANDBOX": "1"]
        variables.merge(environment) { $1 }
        var argumentPointers: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0) } + [nil]
        var variablePointers: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
        var processID = pid_t()
        _ = fcntl(inputEnds.reading, F_SETFL, 0)
        let status = posix_spawn(&processID, path, &actions, nil, &argumentPointers, &variablePointers)
        close(inputEnds.reading)
        close(outputEnds.writing)
        close(errorEnds.writing)
        guard status == 0 else { throw Failure.cannotStart }
        return (processID, inputEnds.writing, outputEnds.reading, errorEnds.reading)
    }

    deinit {
        if self.exit == nil {
            kill(self.processID, SIGKILL)
            var status: Int32 = 0
            waitpid(self.processID, &status, 0)
        }
        self.closeInput()
        close(self.outputDescriptor)
        close(self.errors)
    }

    private static var executable: String {
        guard let resolved = realpath("/proc/self/exe", nil) else { return "" }
        defer { free(resolved) }
        let path = String(cString: resolved)
        return path.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" } + "/troupe-scripted-agent"
    }

    /// Writes a line.
    func send(_ line: JSON) {
        self.send(text: String(decoding: line.bytes, as: UTF8.self))
    }

    /// Writes text and a newline.
    func send(text: String) {
        Files.write(Array("\(text)\n".utf8), to: self.input)
    }

    /// Writes a prompt.
    func prompt(_ text: String, uuid: String? = nil, extra: [(String, JSON)] = []) {
        var line: JSON = ["type": "user", "message": ["role": "user", "content": .string(text)]]
        if let uuid { line["uuid"] = .string(uuid) }
        for (name, value) in extra { line[name] = value }
        self.send(line)
    }

    /// Writes a control request.
    func control(_ subtype: String, id: String, extra: [(String, JSON)] = []) {
        var request: JSON = ["subtype": .string(subtype)]
        for (name, value) in extra { request[name] = value }
        self.send(["type": "control_request", "request_id": .string(id), "request": request])
    }

    /// Answers a request of the agent.
    func answer(_ request: JSON, _ response: JSON) {
        let body: JSON = ["subtype": "success", "request_id": request["request_id"] ?? .null, "response": response]
        self.send(["type": "control_response", "response": body])
    }

    /// Closes the agent's stdin.
    func closeInput() {
        guard self.isInputOpen else { return }
        self.isInputOpen = false
        close(self.input)
    }

    /// Sends a signal.
    func signal(_ number: Int32) {
        kill(self.processID, number)
    }

    /// The next line; nil at the end of the output.
    func rawLine(within limit: Duration = .seconds(20)) throws -> [UInt8]? {
        let deadline = Clock.now + limit
        while self.waiting.isEmpty, !self.output.isAtEnd {
            guard Clock.now < deadline else { throw Failure.noLine(after: self.kinds.suffix(10)) }
            var poller = pollfd(fd: self.outputDescriptor, events: Int16(POLLIN), revents: 0)
            poll(&poller, 1, Int32(clamping: (deadline - Clock.now).milliseconds + 1))
            self.waiting = self.output.read()
        }
        return self.waiting.isEmpty ? nil : self.waiting.removeFirst()
    }

    /// The next line as JSON; nil at the end of the output.
    func line(within limit: Duration = .seconds(20)) throws -> JSON? {
        guard let bytes = try self.rawLine(within: limit) else { return nil }
        guard let line = JSONParser.parse(bytes) else { throw Failure.noJSON(String(decoding: bytes, as: UTF8.self)) }
        self.kinds.append(Self.kind(of: line))
        return line
    }

    /// Reads up to the first line of that kind, and gives it.
    func line(_ kind: String, within limit: Duration = .seconds(20)) throws -> JSON {
        while let line = try self.line(within: limit) {
            if Self.kind(of: line) == kind { return line }
        }
        throw Failure.noLine(after: self.kinds.suffix(10))
    }

    /// Reads to the end of the output; the kinds of what came.
    func rest() throws -> [String] {
        let before = self.kinds.count
        while try self.line() != nil {}
        return Array(self.kinds[before...])
    }

    /// What the agent has said on stderr; waits until it closes that.
    func complaint() -> String {
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        let deadline = Clock.now + .seconds(10)
        while Clock.now < deadline {
            var poller = pollfd(fd: self.errors, events: Int16(POLLIN), revents: 0)
            poll(&poller, 1, 100)
            let count = read(self.errors, &chunk, chunk.count)
            if count == 0 { break }
            if count > 0 { text += chunk[..<count] }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Waits for the end of the process.
    func waitForExit(within limit: Duration = .seconds(20)) throws -> Exit {
        if let exit = self.exit { return exit }
        let deadline = Clock.now + limit
        while Clock.now < deadline {
            var status: Int32 = 0
            if waitpid(self.processID, &status, WNOHANG) == self.processID {
                let exit = status & 0x7F == 0 ? Exit.code((status >> 8) & 0xFF) : .signal(status & 0x7F)
                self.exit = exit
                return exit
            }
            _ = try? self.line(within: .milliseconds(5))
            poll(nil, 0, 1)
        }
        throw Failure.noExit
    }

    /// A short name of a line, such as `system/init` or `stream_event/message_stop`.
    static func kind(of line: JSON) -> String {
        let type = line["type"]?.text ?? "?"
        let detail =
            switch type {
            case "system", "result": line["subtype"]?.text
            case "control_request": line["request"]?["subtype"]?.text
            case "control_response": line["response"]?["subtype"]?.text
            case "command_lifecycle": line["state"]?.text
            case "stream_event": line["event"]?["type"]?.text
            case "assistant", "user":
                line["isReplay"]?.flag == true
                    ? "replay" : line["message"]?["content"]?.elements.first?["type"]?.text
            default: nil as String?
            }
        return detail.map { "\(type)/\($0)" } ?? type
    }
}
