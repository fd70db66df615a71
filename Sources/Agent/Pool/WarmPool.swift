import FoundationEssentials
package import Logging
import NIOCore
import Synchronization
import SystemPackage

/// Keeps processes ready that have been started and initialised, so that a new session need not wait for its own.
///
/// Stands before another runner and is one itself: a launch that a ready process serves gets it, and finds it out only by
/// `AgentChild.conversationID`; any other goes to the runner behind. A process is leased once and ends with its session.
///
/// All processes live in the task of `run`, the leased ones too. The task that leased one reads it, tells the session's
/// handler, and ends it when cancelled.
package final class WarmPool: AgentRunner {
    private struct State {
        var machine: PoolMachine
        var processes: [Int: WarmProcess] = [:]
    }

    /// In the mark of processes that were started here, whatever session has them.
    package static let ownerName = "pool"

    private let runner: any AgentRunner
    private let timing: PoolTiming
    private let template: @Sendable () -> AgentLaunch
    private let mayStart: @Sendable () -> Bool
    private let logger: Logger
    private let state: Mutex<State>
    /// Yields when there may be something to do; holds one wake-up at most.
    private let wakeups: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    /// A pool without processes; `run` is its life.
    ///
    /// - Parameters:
    ///   - runner: runs its processes, and what it cannot serve.
    ///   - size: how many processes to keep ready.
    ///   - timing: its patience.
    ///   - launch: how a session of the server's defaults is launched. The conversation, the mark and the last component
    ///     of the temporary directory are replaced: each process gets a directory of its own in the one named.
    ///   - mayStart: asked before each start; false puts it off, as when memory is short.
    ///   - logger: for what goes wrong.
    package init(
        runner: any AgentRunner,
        size: Int,
        timing: PoolTiming = PoolTiming(),
        launch: @escaping @Sendable () -> AgentLaunch,
        mayStart: @escaping @Sendable () -> Bool = { true },
        logger: Logger
    ) {
        self.runner = runner
        self.timing = timing
        self.template = launch
        self.mayStart = mayStart
        self.logger = logger
        self.state = Mutex(State(machine: PoolMachine(size: size, timing: timing)))
        (self.wakeups, self.waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: Life

    /// Keeps the pool filled, one start at a time, until it is stopped and the last of its processes has gone.
    ///
    /// To be called once. Cancelling it ends all processes at once, the leased ones too.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepTime() }
            self.waker.yield()
            for await _ in self.wakeups {
                self.endDoomed()
                if let (number, process) = self.nextStart() {
                    group.addTask { await self.live(process, number) }
                }
                if self.state.withLock(\.machine.isOver) { break }
            }
            // If this task was cancelled, that has reached the processes as well.
            self.state.withLock { $0.machine.stop() }
            group.cancelAll()
        }
    }

    /// Ends the processes that nobody has and starts no more.
    ///
    /// `run` returns when the sessions have ended the others. Launches go to the runner behind from now on.
    package func beginShutdown() {
        self.state.withLock { $0.machine.stop() }
        self.waker.yield()
    }

    /// Keeps so many ready from now on.
    package func setSize(_ size: Int) {
        self.state.withLock { $0.machine.setSize(size) }
        self.waker.yield()
    }

    package var status: PoolStatus {
        self.state.withLock { state in
            var status = PoolStatus()
            status.size = state.machine.size
            status.ready = state.machine.ready.count
            status.starting = state.machine.starting.count
            status.leased = state.machine.leased
            status.leases = state.machine.leases
            status.misses = state.machine.misses
            status.failures = state.machine.failures
            status.pids = state.machine.unleased.compactMap { state.processes[$0]?.pid }.sorted()
            return status
        }
    }

    // MARK: Sessions

    package func run(_ launch: AgentLaunch, handler: any AgentHandler) async -> AgentExit {
        guard !Task.isCancelled, let (process, child) = self.lease(for: launch) else {
            return await self.runner.run(launch, handler: handler)
        }
        self.logger.debug(
            "leased a warm process",
            metadata: [LogKey.agentPID: "\(child.pid)", LogKey.sessionID: "\(launch.owner.sessionID)"]
        )
        return await withTaskCancellationHandler {
            await process.serve(child, to: handler, spillsTo: launch.temporaryDirectory)
        } onCancel: {
            child.beginTermination(.immediate)
        }
    }

    private func lease(for launch: AgentLaunch) -> (WarmProcess, LeasedChild)? {
        guard case .new = launch.conversation else { return nil }
        let ready = self.state.withLock { state in
            state.machine.ready.compactMap { number in state.processes[number].map { (number, $0) } }
        }
        let stamp = WorkspaceStamp(of: launch)
        let fitting = ready.filter { launch.isServed(by: $0.1.launch) }
        let lease = self.take(fitting.filter { $0.1.stamp == stamp }, outdated: fitting.filter { $0.1.stamp != stamp })
        if lease == nil, launch.isServed(by: self.template()) { self.state.withLock { $0.machine.missed() } }
        self.waker.yield()
        return lease
    }

    private func take(
        _ candidates: [(Int, WarmProcess)],
        outdated: [(Int, WarmProcess)]
    ) -> (WarmProcess, LeasedChild)? {
        self.state.withLock { state in
            for (number, _) in outdated { state.machine.outdated(number) }
            guard !state.machine.isStopping else { return nil }
            for (number, process) in candidates {
                guard let child = process.lease() else { continue }
                state.machine.lease(number, now: .now)
                return (process, child)
            }
            return nil
        }
    }

    // MARK: Processes

    private func endDoomed() {
        let doomed = self.state.withLock { state in
            state.machine.takeDoomed(now: .now).compactMap { state.processes[$0] }
        }
        for process in doomed { process.beginTermination() }
    }

    private func nextStart() -> (Int, WarmProcess)? {
        // Asked outside the lock, as nobody knows what it does.
        guard self.state.withLock({ $0.machine.wantsStart(now: .now) }), self.mayStart() else { return nil }
        let launch = self.nextLaunch()
        let stamp = WorkspaceStamp(of: launch)
        return self.state.withLock { state in
            guard let number = state.machine.start(now: .now) else { return nil }
            let process = WarmProcess(launch: launch, stamp: stamp, termination: self.timing.termination) { verdict in
                self.judge(number, verdict)
            }
            state.processes[number] = process
            return (number, process)
        }
    }

    private func nextLaunch() -> AgentLaunch {
        var launch = self.template()
        launch.conversation = .new(id: UUID().uuidString.lowercased())
        launch.owner = OwnerMark(sessionID: Self.ownerName)
        // Short, since the CLI makes a socket in it, and a socket's path has 107 bytes (unix(7)).
        let name = "w-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        launch.temporaryDirectory = launch.temporaryDirectory?.appending(name)
        return launch
    }

    /// One process from its start to its end, leased or not.
    private func live(_ process: WarmProcess, _ number: Int) async {
        let exit = await self.runner.run(process.launch, handler: process)
        if let directory = process.launch.temporaryDirectory {
            try? FileManager.default.removeItem(atPath: directory.string)
        }
        let (wasLost, failures) = self.state.withLock { state in
            state.processes[number] = nil
            return (state.machine.exited(number, now: .now), state.machine.failures)
        }
        process.finish(exit)
        if wasLost && !Task.isCancelled { self.report("a warm process ended", failures, process.pid, exit) }
        self.waker.yield()
    }

    private func judge(_ number: Int, _ verdict: WarmProcess.Verdict) {
        switch verdict {
        case .ready:
            self.state.withLock { $0.machine.answered(number, now: .now) }
        case .useless(let reason):
            self.logger.info("a warm process is of no use", metadata: [LogKey.reason: "\(reason)"])
            self.state.withLock { $0.machine.failed(number, now: .now) }
        }
        self.waker.yield()
    }

    private func report(_ message: Logger.Message, _ failures: Int, _ pid: Int32?, _ exit: AgentExit) {
        self.logger.log(
            level: failures < 3 ? .info : .warning,
            message,
            metadata: [
                LogKey.agentPID: "\(pid ?? 0)", "exit.code": "\(exit.code ?? -1)", "exit.signal": "\(exit.signal ?? 0)",
                "failures": "\(failures)", "launch.failure": "\(exit.launchFailure ?? "")",
            ]
        )
    }

    /// What waits for time to pass is looked at now and then.
    private func keepTime() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: self.timing.interval)
            self.waker.yield()
        }
    }
}
