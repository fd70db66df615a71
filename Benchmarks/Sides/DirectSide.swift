import Foundation

/// The agent as a child of the benchmark, over two pipes: the least that a host can do.
final class DirectSide: Side {
    let name = "direct"
    let watch = TurnWatch(end: .result)
    private(set) var isReady = false

    /// Its conversation, which a later one can take up.
    let conversation: String
    private let child: ChildProcess
    private let pump: Pump
    private var inlet: Inlet?

    /// Starts the agent with the flags and the environment that troupe gives it, and asks for `initialize`.
    ///
    /// - Parameters:
    ///   - agent: its path.
    ///   - resuming: a conversation to take up; `nil` for a new one.
    ///   - stage: where it lives.
    ///   - pump: what reads its output.
    /// - Throws: `BenchmarkError` when it cannot be started.
    init(agent: String, resuming: String? = nil, _ stage: Stage, _ pump: Pump) throws {
        self.pump = pump
        self.conversation = resuming ?? UUID().uuidString.lowercased()
        let flag = resuming == nil ? "--session-id" : "--resume"
        self.child = try ChildProcess(
            agent,
            [
                "--output-format", "stream-json", "--verbose", "--input-format", "stream-json",
                "--include-partial-messages", "--replay-user-messages", "--permission-prompt-tool", "stdio",
                "\(flag)=\(self.conversation)", "--permission-mode=bypassPermissions",
                "--disallowedTools=SendMessage,ListAgents", "--settings={\"crossSessionInbound\":\"refuse\"}",
            ],
            environment: stage.environment.merging(Stage.addedByTroupe) { $1 },
            directory: stage.workingDirectory,
            log: stage.log("direct")
        )
        let inlet = Inlet(self.child.output, framing: .lines, ownsDescriptor: false) { [unowned self] message, time in
            if !self.isReady, Needle.controlResponse.position(in: message) != nil { self.isReady = true }
            self.watch.take(message, at: time)
        }
        self.inlet = inlet
        pump.add(inlet)
        try self.child.write(
            line: #"{"type":"control_request","request_id":"1","request":{"subtype":"initialize","hooks":null}}"#
        )
    }

    var isOpen: Bool { self.inlet?.isOpen ?? false }
    var pid: Int32 { self.child.pid }

    /// Returns when `initialize` is answered.
    func waitUntilReady() throws {
        try self.pump.run(for: 30, "answer to initialize") { self.isReady || !self.isOpen }
        guard self.isReady else { throw BenchmarkError("the agent ended before it was ready") }
    }

    func write(prompt: String) throws {
        try self.child.write(
            line: #"{"type":"user","uuid":"\#(UUID().uuidString.lowercased())","session_id":"","#
                + #""parent_tool_use_id":null,"message":{"role":"user","content":"\#(prompt)"}}"#
        )
    }

    func end() {
        if let inlet {
            self.pump.remove(inlet)
            inlet.close()
        }
        self.child.end()
    }
}
