import Foundation
import Logging
import NIOCore
import Synchronization
import SystemPackage
import Testing

@testable import Agent

/// A condition that did not come true in time.
struct Timeout: Error, CustomStringConvertible {
    let description: String
}

/// Looks again and again, 2 ms apart, until a condition holds.
func waitUntil(
    _ what: String,
    within limit: Duration = .seconds(30),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw Timeout(description: "no \(what) within \(limit)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// Everything that is said between a pool, its runner and a session, in order.
final class ScriptLog: Sendable {
    private let lines = Mutex<[String]>([])

    func note(_ line: String) { self.lines.withLock { $0.append(line) } }

    var all: [String] { self.lines.withLock { $0 } }

    func count(_ line: String) -> Int { self.all.count { $0 == line } }
}

/// A child that is no process: notes what it is told, and does what a test wants.
final class PlayedChild: AgentChild {
    enum Deed: Sendable {
        case print([AgentLine])
        case exit(AgentExit)
    }

    let pid: Int32
    let launch: AgentLaunch
    let deeds: AsyncStream<Deed>
    private let doing: AsyncStream<Deed>.Continuation
    private let log: ScriptLog
    private let answers: Bool

    init(pid: Int32, launch: AgentLaunch, log: ScriptLog, answers: Bool) {
        self.pid = pid
        self.launch = launch
        self.log = log
        self.answers = answers
        (self.deeds, self.doing) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(10_000))
    }

    var conversationID: String? { self.launch.conversation.id }

    func send(_ line: ByteBuffer) -> AgentSendOutcome {
        let object = JSONObject(line)
        let subtype = object?.object("request")?.string("subtype")
        let requestID = object?.string("request_id")
        self.log.note("\(self.pid) < \(subtype ?? object?.string("type") ?? "?")")
        if self.answers, subtype == "initialize", let requestID {
            self.print(String(buffer: ControlProtocol.answer(requestID: requestID, response: json(#"{"pid":1}"#))))
        }
        return .queued
    }

    func signal(_ signal: AgentSignal) { self.log.note("\(self.pid) < \(signal)") }

    func beginTermination(_ steps: TerminationSteps) {
        self.log.note("\(self.pid) told to end\(steps == .immediate ? " at once" : "")")
        self.exit(AgentExit(code: 0))
    }

    /// A batch of lines.
    func print(_ lines: String...) { self.print(lines.compactMap { AgentLine(json($0)) }) }

    func print(_ lines: [AgentLine]) { self.doing.yield(.print(lines)) }

    func exit(_ exit: AgentExit) {
        self.doing.yield(.exit(exit))
        self.doing.finish()
    }
}

/// Plays children, which are numbered from 1, and notes their starts and ends.
final class PlayedRunner: AgentRunner {
    private struct State {
        var children: [Int: PlayedChild] = [:]
        var count = 0
        var answers = true
    }

    let log = ScriptLog()
    private let state = Mutex(State())

    func run(_ launch: AgentLaunch, handler: any AgentHandler) async -> AgentExit {
        guard !Task.isCancelled else { return AgentExit(launchFailure: "cancelled") }
        let child = self.state.withLock { state in
            state.count += 1
            let child = PlayedChild(pid: Int32(state.count), launch: launch, log: self.log, answers: state.answers)
            state.children[state.count] = child
            return child
        }
        self.log.note("\(child.pid) runs for \(launch.owner.sessionID)")
        await handler.agentStarted(child)
        var exit = AgentExit(signal: 9)
        deeds: for await deed in child.deeds {
            switch deed {
            case .print(let lines):
                self.log.note("\(child.pid) prints")
                await handler.agentPrinted(lines)
                self.log.note("\(child.pid) was read")
            case .exit(let wanted):
                exit = wanted
                break deeds
            }
        }
        self.log.note("\(child.pid) is gone")
        return exit
    }

    /// Whether children that start from now on answer `initialize` by themselves.
    func answer(_ answers: Bool) { self.state.withLock { $0.answers = answers } }

    var count: Int { self.state.withLock(\.count) }

    func child(_ number: Int) throws -> PlayedChild {
        try #require(self.state.withLock { $0.children[number] })
    }
}

/// A pool before a played runner.
struct PoolStage: Sendable {
    let runner = PlayedRunner()
    let pool: WarmPool

    var log: ScriptLog { self.runner.log }

    /// Pauses are short unless the test is about them.
    init(
        size: Int = 1,
        template: AgentLaunch = Self.launch("template"),
        change: (inout PoolTiming) -> Void = { _ in },
        mayStart: @escaping @Sendable () -> Bool = { true }
    ) {
        var timing = PoolTiming()
        timing.interval = .milliseconds(5)
        timing.firstPause = .milliseconds(1)
        timing.refillDelay = .zero
        change(&timing)
        self.pool = WarmPool(
            runner: self.runner,
            size: size,
            timing: timing,
            launch: { template },
            mayStart: mayStart,
            logger: Logger(label: "test")
        )
    }

    static func launch(_ session: String, temporaryDirectory: FilePath? = nil) -> AgentLaunch {
        AgentLaunch(
            executable: "/bin/claude",
            workingDirectory: "/w",
            conversation: .new(id: "asked for by \(session)"),
            inheritedEnvironment: [:],
            temporaryDirectory: temporaryDirectory,
            owner: OwnerMark(sessionID: session)
        )
    }

    /// One process without its pool.
    static func process() -> WarmProcess {
        let launch = Self.launch("s")
        return WarmProcess(
            launch: launch,
            stamp: WorkspaceStamp(of: launch),
            termination: .immediate,
            report: { _ in }
        )
    }

    /// Runs the pool around `body`, and cancels it then.
    func live(_ body: @Sendable () async throws -> Void) async rethrows {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.pool.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    func waitForReady(_ count: Int) async throws {
        try await waitUntil("\(count) that are ready") { self.pool.status.ready == count }
    }

    /// A session's handler: sends `initialize`, and notes what it is told.
    func guest(_ name: String) -> RecordingHandler {
        let log = self.log
        return RecordingHandler(
            onStart: { child in
                log.note("\(name) has \(child.pid)")
                #expect(child.send(ControlProtocol.initialize(requestID: name)) == .queued)
            },
            onLine: { line, _ in log.note("\(name) > \(line.type)") }
        )
    }
}
