import Foundation

/// A `troupe serve` of the benchmark's own, and one connection for requests to it.
final class Server {
    /// What the pump has read of the last response.
    private final class Reply {
        var bytes: [UInt8] = []
        /// Requests without a response yet.
        var outstanding = 0
    }

    private struct Created: Decodable {
        let id: String
    }

    private struct List: Decodable {
        let counts: [String: Int]
    }

    private struct Summary: Decodable {
        struct Process: Decodable {
            let pid: Int32?
        }

        let process: Process
        let cursor: String
    }

    /// How a server is started, where that differs.
    struct Options {
        var maximumSessions = 100
        /// Nowhere, unless what is kept is what is measured.
        var store = ":memory:"
        /// Processes kept ready.
        var warm = 0
    }

    let port: Int
    /// Milliseconds from its start until it said that it listens.
    let startMilliseconds: Double
    private let child: ChildProcess
    private let pump: Pump
    private let reply = Reply()
    private let requests: Inlet

    /// Starts a server and returns when it listens.
    ///
    /// - Parameters:
    ///   - executable: troupe.
    ///   - agent: what it runs as the CLI.
    ///   - stage: where it lives.
    ///   - pump: reads what it says.
    ///   - options: what it is told beside that.
    /// - Throws: `BenchmarkError` when it does not listen in time.
    init(_ executable: String, agent: String, _ stage: Stage, _ pump: Pump, _ options: Options) throws {
        var arguments = [
            "serve", "--port", "0", "--agent", agent, "--cwd", stage.workingDirectory, "--ttl", "0",
            "--max-sessions", "\(options.maximumSessions)", "--permission-mode", "bypassPermissions",
            "--drain-timeout", "0", "--store", options.store, "--warm", "\(options.warm)",
        ]
        for (name, value) in Stage.agentVariables { arguments += ["--agent-env", "\(name)=\(value)"] }
        let began = Monotonic.now
        let child = try ChildProcess(
            executable,
            arguments,
            environment: stage.environment,
            directory: stage.root,
            log: stage.log("server")
        )
        var port: Int?
        var listens = began
        let output = Inlet(child.output, framing: .lines, ownsDescriptor: false) { message, time in
            guard let place = Self.address.position(in: message) else { return }
            listens = time
            port = Needle.number(in: message, at: place + Self.address.count)
        }
        pump.add(output)
        do {
            try pump.run(for: 20, "server that listens") { port != nil || !output.isOpen }
            pump.remove(output)
            guard let port else { throw BenchmarkError("troupe serve: \(stage.lastWords("server"))") }
            let descriptor = try Descriptor.connect(port: port)
            let reply = self.reply
            self.requests = Inlet(descriptor, framing: .response) { message, _ in
                reply.bytes = Array(message)
                reply.outstanding -= 1
            }
            self.port = port
            self.startMilliseconds = Double(listens - began) / 1e6
        } catch {
            child.end(patience: 0)
            throw error
        }
        (self.child, self.pump) = (child, pump)
        pump.add(self.requests)
    }

    private static let address = Needle("http://127.0.0.1:")

    var pid: Int32 { self.child.pid }
    var cpuSeconds: Double { ProcessFigures.cpuSeconds(of: self.pid) }
    var anonymousBytes: Int { ProcessFigures.anonymousBytes(of: self.pid) }

    /// A new session's id; its agent may still be starting.
    func createSession(message: String? = nil) throws -> String {
        let body = message.map { #"{"message":"\#($0)"}"# } ?? "{}"
        return try JSONDecoder().decode(Created.self, from: self.request("POST", "/v1/sessions", body)).id
    }

    /// How many sessions do nothing.
    func idleSessions() throws -> Int { try self.sessions(in: "idle") }

    /// How many sessions are in a state.
    func sessions(in state: String) throws -> Int {
        let list = try self.request("GET", "/v1/sessions?limit=1")
        return try JSONDecoder().decode(List.self, from: list).counts[state] ?? 0
    }

    /// The process of a session.
    func agent(of session: String) throws -> Int32? { try self.summary(of: session).process.pid }

    /// How many durable events a session has had.
    func durableEvents(of session: String) throws -> Int {
        try self.summary(of: session).cursor.split(separator: ".").last.flatMap { Int($0) } ?? 0
    }

    private func summary(of session: String) throws -> Summary {
        try JSONDecoder().decode(Summary.self, from: self.request("GET", "/v1/sessions/\(session)"))
    }

    /// Returns when so many sessions do nothing.
    func waitForIdle(_ count: Int, within seconds: Double = 60) throws {
        let deadline = Monotonic.now + UInt64(seconds * 1e9)
        while try self.idleSessions() < count {
            guard Monotonic.now < deadline else { throw BenchmarkError("not \(count) idle sessions in \(seconds) s") }
            try self.pump.rest(0.05)
        }
    }

    /// Writes a prompt and does not wait for the answer.
    func begin(prompt: String, to session: String) throws {
        self.reply.outstanding += 1
        try Descriptor.write(
            self.head("POST", "/v1/sessions/\(session)/messages", #"{"content":"\#(prompt)"}"#),
            to: self.requests.descriptor
        )
    }

    /// Sends a prompt and returns when it was taken, or with `wait` when its turn has ended.
    func send(prompt: String, to session: String, wait: Double? = nil) throws {
        let body = #"{"content":"\#(prompt)"\#(wait.map { ",\"wait_ms\":\(Int($0 * 1000))" } ?? "")}"#
        _ = try self.request("POST", "/v1/sessions/\(session)/messages", body, within: (wait ?? 0) + 10)
    }

    /// Has a session give its process back, as soon as nothing of its last turn keeps it.
    func hibernate(_ id: String) throws {
        let deadline = Monotonic.now + 5_000_000_000
        while true {
            do {
                _ = try self.request("POST", "/v1/sessions/\(id)/hibernate", within: 30)
                return
            } catch let error as BenchmarkError where !error.isInterruption && Monotonic.now < deadline {
                try self.pump.rest(0.005)
            }
        }
    }

    func endSession(_ id: String) throws {
        _ = try self.request("DELETE", "/v1/sessions/\(id)", within: 30)
    }

    func end() {
        self.pump.remove(self.requests)
        self.requests.close()
        self.child.end(patience: 0)
    }

    /// The body of the answer; other statuses than 2xx throw.
    private func request(
        _ method: String,
        _ path: String,
        _ body: String = "",
        within seconds: Double = 10
    ) throws -> Data {
        try self.waitForAnswers(within: 10)
        self.reply.outstanding += 1
        try Descriptor.write(self.head(method, path, body), to: self.requests.descriptor)
        try self.waitForAnswers(within: seconds)
        let text = String(decoding: self.reply.bytes, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 2"), let end = text.firstRange(of: "\r\n\r\n")?.upperBound else {
            throw BenchmarkError("\(method) \(path): \(text.split(separator: "\r\n").first ?? "no answer")")
        }
        return Data(text[end...].utf8)
    }

    private func waitForAnswers(within seconds: Double) throws {
        try self.pump.run(for: seconds, "answer of the server") {
            self.reply.outstanding == 0 || !self.requests.isOpen
        }
    }

    private func head(_ method: String, _ path: String, _ body: String) -> [UInt8] {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(self.port)\r\n"
        if !body.isEmpty { text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        return Array((text + "\r\n" + body).utf8)
    }
}
