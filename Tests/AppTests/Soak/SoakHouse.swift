import Glibc
import Synchronization
import Testing

/// The server of a soak: killed again and again, started again on the same store, each time on another port.
actor SoakHouse {
    /// Where the server is that runs now.
    struct Address: Sendable {
        let port: Int
        let pid: Int32
        let markPrefix: String
    }

    private struct State {
        var address: Address?
        var trap: SoakPromise?
    }

    /// Sessions give their processes back after a second: 200 sessions, few processes.
    private static let arguments = [
        "--hibernate-after", "1", "--max-starting", "4", "--approval-timeout", "4", "--memory-floor", "0",
        "--permission-mode", "bypassPermissions", "--log-level", "warning", "--drain-timeout", "5",
    ]

    nonisolated let directory: TemporaryDirectory
    private nonisolated let state = Mutex(State())
    private var server: ServerProcess?

    init() throws {
        self.directory = try TemporaryDirectory()
    }

    /// `nil` while there is none.
    nonisolated var address: Address? { self.state.withLock { $0.address } }

    func start() async throws {
        let arguments = ["--store", "\(self.directory.path)/troupe.db"] + Self.arguments
        let server = try await ServerProcess.start(in: self.directory, arguments)
        self.server = server
        let address = Address(port: server.port, pid: server.pid, markPrefix: server.markPrefix)
        self.state.withLock { $0.address = address }
    }

    /// From now on the server dies with the first promise of that kind.
    nonisolated func arm(_ promise: SoakPromise) {
        self.state.withLock { $0.trap = promise }
    }

    /// A client was just told something that must hold: the worst moment to die.
    nonisolated func promised(_ promise: SoakPromise) {
        self.state.withLock { state in
            guard state.trap == promise else { return }
            Self.strike(&state)
        }
    }

    /// Kills the server if nothing has yet; returns when another one is there, and nothing of the dead one.
    func replace() async throws {
        self.state.withLock { Self.strike(&$0) }
        guard let old = self.server else { return }
        #expect(try await old.process.waitForExit(within: .seconds(60)) == .signal(SIGKILL))
        try await self.start()
        try await old.expectNothingLeft(within: .seconds(60))
    }

    /// Ends it in order, and checks that nothing of it is left.
    func stop() async throws {
        self.state.withLock { $0.address = nil }
        try await self.server?.stop()
    }

    /// What it has complained of last.
    func complaints() -> String { self.server.map { String($0.process.errors.suffix(3000)) } ?? "" }

    private static func strike(_ state: inout State) {
        state.trap = nil
        guard let address = state.address else { return }
        state.address = nil
        kill(address.pid, SIGKILL)
    }
}

/// What a client was told, and may rely on when the server is dead the moment after.
enum SoakPromise: CaseIterable, Sendable {
    case created, forked, accepted, cancelled, edited, renamed, interrupted, deleted, answered
}
