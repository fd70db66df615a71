import Foundation
import StubMessagesAPI
import Testing

/// A running `troupe serve` with a home of its own.
final class ServerProcess {
    let process: ChildProcess
    let port: Int
    let directory: TemporaryDirectory
    /// The key that requests are made with.
    var token: String?
    /// What the marks of everything it starts begin with.
    let markPrefix: String
    /// Starts another one like it in its directory.
    private let again: () async throws -> ServerProcess
    /// The one that took its place.
    private var successor: ServerProcess?

    var pid: Int32 { self.process.pid }
    /// Where its sessions work.
    var workingDirectory: String { "\(self.directory.path)/work" }
    /// Processes it has started, and theirs, that are still there.
    var startedProcesses: [Int32] { Processes.marked(self.markPrefix) }

    private init(
        _ process: ChildProcess,
        port: Int,
        directory: TemporaryDirectory,
        markPrefix: String,
        again: @escaping () async throws -> ServerProcess
    ) {
        self.process = process
        self.port = port
        self.directory = directory
        self.markPrefix = markPrefix
        self.again = again
    }

    /// Starts a server and waits until it says where it listens.
    ///
    /// - Parameters:
    ///   - directory: where an earlier one was, to start on what that left; `nil` for a new one.
    ///   - agent: the path of the CLI.
    ///   - arguments: of `serve`.
    ///   - environment: beside what every program under test gets.
    /// - Returns: the server.
    /// - Throws: `Timeout`, with what it complained of.
    static func start(
        in directory: TemporaryDirectory? = nil,
        agent: String = Programs.scriptedAgent,
        _ arguments: [String] = [],
        environment: [String: String] = [:]
    ) async throws -> ServerProcess {
        let directory = try directory ?? TemporaryDirectory()
        let all =
            [
                "serve", "--port", "0", "--agent", agent, "--cwd", try directory.directory("work"),
                "--agent-env", "IS_SANDBOX=1",
            ] + (arguments.contains("--store") ? [] : ["--store", ":memory:"]) + arguments
        let process = try ChildProcess(
            Programs.troupe,
            all,
            environment: try Self.environment(in: directory).merging(environment) { $1 },
            directory: directory
        )
        guard let markPrefix = Processes.markPrefix(of: process.pid) else {
            throw Timeout("server: \(process.errors)", after: .zero)
        }
        let port = try await waitFor("line that tells where the server listens") {
            guard process.isRunning else { throw Timeout("server: \(process.errors)", after: .zero) }
            return Self.port(in: process.output)
        }
        return ServerProcess(process, port: port, directory: directory, markPrefix: markPrefix) {
            try await Self.start(in: directory, agent: agent, arguments, environment: environment)
        }
    }

    /// Ends it with a signal and starts another one like it in its directory, which goes when this one is stopped.
    ///
    /// - Parameter signal: SIGKILL for a crash, SIGTERM for an end in order.
    /// - Returns: the other one.
    /// - Throws: `Timeout`.
    func restarted(by signal: Int32 = SIGKILL) async throws -> ServerProcess {
        self.process.signal(signal)
        let exit = try await self.process.waitForExit(within: .seconds(40))
        #expect(exit == (signal == SIGKILL ? .signal(SIGKILL) : .code(0)), "\(self.process.errors.suffix(2000))")
        let next = try await self.again()
        self.successor = next
        #expect(self.startedProcesses.isEmpty, "something of the first server is left")
        return next
    }

    /// The last of those that took each other's place.
    var newest: ServerProcess { self.successor?.newest ?? self }

    /// What a program under test has in its environment.
    static func environment(in directory: TemporaryDirectory) throws -> [String: String] {
        [
            "HOME": try directory.directory("home"), "TMPDIR": try directory.directory("tmp"),
            "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
        ]
    }

    /// Ends it as an operator would, and makes sure that nothing of it is left.
    func stop() async throws {
        try await self.successor?.stop()
        if self.process.isRunning {
            self.process.signal(SIGTERM)
            do {
                let exit = try await self.process.waitForExit(within: .seconds(40))
                #expect(exit == .code(0), "the server did not stop in order: \(self.process.errors)")
            } catch {
                self.process.signal(SIGKILL)
                _ = try await self.process.waitForExit()
                Issue.record("the server did not stop: \(self.process.errors)")
            }
        }
        try await self.expectNothingLeft(within: .seconds(5))
    }

    /// Checks that no process carries its mark any more; one that does is killed.
    func expectNothingLeft(within limit: Duration) async throws {
        do {
            try await waitUntil("end of all processes of the server", within: limit) { self.startedProcesses.isEmpty }
        } catch {
            let left = self.startedProcesses
            Issue.record("left behind: \(left.map { "\($0) \(Processes.arguments(of: $0))" })")
            for pid in left { kill(pid, SIGKILL) }
        }
    }

    /// The header that shows the key, if there is one.
    var authorization: [String: String] { self.token.map { ["Authorization": "Bearer \($0)"] } ?? [:] }

    /// Sends a request and waits for the whole answer.
    @discardableResult
    func request(
        _ method: String,
        _ path: String,
        _ body: JSON? = nil,
        headers: [String: String] = [:],
        within limit: Duration = .seconds(30)
    ) async throws -> HTTPResponse {
        let headers = self.authorization.merging(headers) { $1 }
        let exchange = try await HTTPExchange(port: self.port, method, path, headers: headers, body: body)
        try await waitUntil("answer to \(method) \(path)", within: limit) { exchange.isComplete || exchange.isClosed }
        guard exchange.isComplete, let status = exchange.status else {
            throw Timeout("whole answer to \(method) \(path)", after: limit)
        }
        let response = HTTPResponse(status: status, headers: exchange.headers, body: exchange.takeBody())
        try await exchange.close()
        return response
    }

    /// Makes a session, which must succeed.
    func createSession(_ fields: JSON = [:]) async throws -> SessionClient {
        let response = try await self.request("POST", "/v1/sessions", fields)
        try #require(response.status == 201, "\(response.text)")
        let id = try #require(try response.json["id"].text)
        return SessionClient(server: self, id: id)
    }

    private static func port(in output: String) -> Int? {
        guard let found = output.firstRange(of: " listens on "),
            let line = output[found.upperBound...].split(separator: "\n", omittingEmptySubsequences: false).first,
            output.contains("\n"), let colon = line.lastIndex(of: ":")
        else { return nil }
        return Int(line[line.index(after: colon)...].prefix(while: \.isNumber))
    }
}

/// Lets four tests at a time have servers, since every one of them has agents and what those start.
private actor ServerSlots {
    static let shared = ServerSlots()

    private var free = 4
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        guard self.free == 0 else {
            self.free -= 1
            return
        }
        await withCheckedContinuation { self.waiting.append($0) }
    }

    func giveBack() {
        if self.waiting.isEmpty { self.free += 1 } else { self.waiting.removeFirst().resume() }
    }
}

/// Runs `body` while no more than four tests have servers.
func withServerSlot<Value>(_ body: () async throws -> Value) async throws -> Value {
    await ServerSlots.shared.take()
    do {
        let value = try await body()
        await ServerSlots.shared.giveBack()
        return value
    } catch {
        await ServerSlots.shared.giveBack()
        throw error
    }
}

/// Runs `body` with a server that is gone when this returns, with everything it started.
func withServer(
    in directory: TemporaryDirectory? = nil,
    agent: String = Programs.scriptedAgent,
    _ arguments: [String] = [],
    environment: [String: String] = [:],
    _ body: (ServerProcess) async throws -> Void
) async throws {
    try await withServerSlot {
        let server = try await ServerProcess.start(in: directory, agent: agent, arguments, environment: environment)
        do {
            try await body(server)
        } catch {
            print("the server's log:\n\(server.newest.process.errors.suffix(4000))")
            try await server.stop()
            throw error
        }
        try await server.stop()
    }
}

/// Runs `body` with a server that keeps its sessions in a file.
func withStoringServer(
    agent: String = Programs.scriptedAgent,
    _ arguments: [String] = [],
    _ body: (ServerProcess) async throws -> Void
) async throws {
    let directory = try TemporaryDirectory()
    let store = ["--store", "\(directory.path)/troupe.db"]
    try await withServer(in: directory, agent: agent, store + arguments, body)
}

/// Runs `body` with a server of the real CLI, which talks to a stub of the Messages API.
func withClaudeServer(
    in directory: TemporaryDirectory? = nil,
    _ arguments: [String] = [],
    retries: Int = 1,
    environment: [String: String] = [:],
    _ body: (ServerProcess, StubMessagesAPI) async throws -> Void
) async throws {
    let claude = try #require(Programs.claude)
    try await withStubMessagesAPI { stub in
        let variables = [
            "ANTHROPIC_BASE_URL=\(stub.baseURL)", "ANTHROPIC_API_KEY=sk-made-up",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "DISABLE_TELEMETRY=1",
            "CLAUDE_CODE_MAX_RETRIES=\(retries)",
        ]
        try await withServer(
            in: directory,
            agent: claude,
            variables.flatMap { ["--agent-env", $0] } + arguments,
            environment: environment
        ) { server in
            try await body(server, stub)
        }
    }
}
