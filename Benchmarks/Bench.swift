import Foundation

/// One run: what is measured, where, and what came of it.
final class Bench {
    let tools: Tools
    let stage: Stage
    let pump = Pump()
    /// Turns of each side where turns are what is counted.
    let turns: Int
    /// Sessions that stand idle at once, at most.
    let sessions: Int
    /// This program under the name by which it is the stamp agent: what is named as agent takes no words before its flags.
    let stampAgent: String
    var report = Report()
    private let stub: ChildProcess

    /// Makes the stage and starts the stub.
    ///
    /// - Parameters:
    ///   - tools: the programs.
    ///   - turns: of each side.
    ///   - sessions: that stand idle at once, at most.
    /// - Throws: `BenchmarkError` when either fails.
    init(_ tools: Tools, turns: Int, sessions: Int) throws {
        (self.tools, self.turns, self.sessions) = (tools, turns, sessions)
        Descriptor.raiseLimit()
        let stage = try Stage()
        do {
            self.stampAgent = "\(stage.root)/\(TroupeBenchmarks.stampAgent)"
            try FileManager.default.createSymbolicLink(atPath: self.stampAgent, withDestinationPath: Tools.ownPath)
            let (stub, url) = try Stub.start(stage, self.pump)
            (self.stub, stage.apiURL) = (stub, url)
        } catch {
            stage.remove()
            throw error
        }
        self.stage = stage
    }

    func end() {
        self.stub.end()
        self.stage.remove()
    }

    /// The SDK's side, where there is one.
    var sdk: SDKSide? {
        self.tools.python.map {
            SDKSide(python: $0, driver: self.tools.driver, stage: self.stage, pump: self.pump)
        }
    }

    /// Runs `body` with a server that is gone when this returns.
    func withServer<Value>(
        agent: String,
        _ options: Server.Options = Server.Options(),
        _ body: (Server) throws -> Value
    ) throws -> Value {
        let server = try Server(self.tools.troupe, agent: agent, self.stage, self.pump, options)
        defer { server.end() }
        return try body(server)
    }

    /// Runs `body` with an agent on pipes that is gone when this returns.
    ///
    /// - Parameters:
    ///   - agent: its path.
    ///   - resuming: a conversation to take up.
    ///   - body: what is done with it.
    /// - Returns: what `body` does.
    /// - Throws: what `body` does, and `BenchmarkError` when the agent does not become ready.
    func withDirect<Value>(
        agent: String,
        resuming: String? = nil,
        _ body: (DirectSide) throws -> Value
    ) throws -> Value {
        let side = try DirectSide(agent: agent, resuming: resuming, self.stage, self.pump)
        defer { side.end() }
        try side.waitUntilReady()
        return try body(side)
    }

    /// A live reader of a new session whose agent is ready.
    func newSession(of server: Server, _ transport: ServerSide.Transport) throws -> ServerSide {
        let idle = try server.idleSessions()
        let session = try server.createSession()
        try server.waitForIdle(idle + 1)
        let side = try ServerSide(session, of: server, transport, self.pump)
        try ServerSide.waitUntilLive([side], self.pump)
        return side
    }
}
