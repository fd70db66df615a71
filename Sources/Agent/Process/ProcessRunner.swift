import Glibc
package import Logging
import NIOCore
import Subprocess
import Synchronization
import SystemPackage

/// Runs agents as processes of this machine.
///
/// One child has four tasks while it lives: one reads its stdout and alone calls the handler, one reads its stderr, one
/// writes its stdin, one ends it when asked. All are gone when `run` returns.
package struct ProcessRunner: AgentRunner {
    private let logger: Logger
    private let watchdog: WatchdogGuard?

    /// Also makes this process ignore SIGPIPE, which a child that closes its stdin would kill it with.
    package init(logger: Logger, watchdog: WatchdogGuard? = nil) {
        self.logger = logger
        self.watchdog = watchdog
        signal(SIGPIPE, SIG_IGN)
    }

    package func run(_ launch: AgentLaunch, handler: any AgentHandler) async -> AgentExit {
        let cancellation = RunCancellation()
        return await withTaskCancellationHandler {
            // Proof: awaited on the spot. It is a task of its own so that the end of a cancelled child, which takes
            // steps and time, is not itself cancelled.
            await Task { await self.runToTheEnd(launch, handler, cancellation) }.value
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func runToTheEnd(
        _ launch: AgentLaunch,
        _ handler: any AgentHandler,
        _ cancellation: RunCancellation
    ) async -> AgentExit {
        guard !cancellation.isCancelled else { return AgentExit(launchFailure: "cancelled before it was started") }
        let configuration: Subprocess.Configuration
        do {
            configuration = try launch.configuration()
        } catch {
            return AgentExit(launchFailure: error.detail)
        }
        var exit = AgentExit()
        let tail = StderrTail(limit: launch.limits.stderrTailBytes)
        let progress = Progress()
        do {
            let result = try await Subprocess.run(
                configuration,
                input: .inputWriter,
                output: .sequence,
                error: .sequence
            ) { execution in
                progress.isStarted.store(true, ordering: .relaxed)
                return await self.attend(execution, launch, handler, cancellation, tail)
            }
            exit = result.closureResult
            switch result.terminationStatus {
            case .exited(let code): exit.code = code
            case .signaled(let signal): exit.signal = signal
            }
        } catch {
            if progress.isStarted.load(ordering: .relaxed) {
                self.logger.error("lost track of a child", metadata: [LogKey.error: "\(error)"])
            } else {
                exit.launchFailure = "\(error)"
            }
        }
        exit.stderrTail = tail.text
        return exit
    }

    /// The life of a child that has been started, to the end of its tree; its exit status is still missing.
    private func attend(
        _ execution: Execution<CustomWriteInput, SequenceOutput, SequenceOutput>,
        _ launch: AgentLaunch,
        _ handler: any AgentHandler,
        _ cancellation: RunCancellation,
        _ tail: StderrTail
    ) async -> AgentExit {
        let pid = execution.processIdentifier.value
        let control = ChildControl(
            pid: pid,
            conversationID: launch.conversation.id,
            isWrapped: launch.bubblewrap != nil,
            limits: launch.limits
        )
        let startTime = ProcessTree.startTime(of: pid)
        ManagedChildren.insert(pid)
        if let startTime { self.watchdog?.register(pid: pid, startTime: startTime) }
        self.logger.debug("started a child", metadata: [LogKey.agentPID: "\(pid)"])
        cancellation.attach(control)
        PipeSize.shrink(STDOUT_FILENO, of: pid, to: PipeSize.output)
        PipeSize.shrink(STDERR_FILENO, of: pid, to: PipeSize.error)

        var exit = AgentExit()
        exit.droppedPartialLine = await withTaskGroup(of: Void.self) { group in
            group.addTask { await Self.write(control, to: execution.standardInputWriter) }
            group.addTask { await Self.collect(execution.standardError, into: tail) }
            group.addTask { await Self.terminateWhenAsked(control) }
            await handler.agentStarted(control)
            let dropped = await self.read(execution.standardOutput, launch, handler)
            await Self.waitForExit(of: control)
            _ = control.takeSnapshot()
            group.cancelAll()
            return dropped
        }

        let mark = launch.owner.description
        let sweep = await OrphanSweep.sweep(snapshot: control.close(), sparing: [pid]) { $0 == mark }
        exit.swept = sweep.killed
        exit.survivors = sweep.survivors
        if !sweep.survivors.isEmpty {
            self.logger.warning(
                "descendants of a child could not be ended",
                metadata: [LogKey.agentPID: "\(pid)", LogKey.agentSurvivors: "\(sweep.survivors)"]
            )
        }
        if let startTime { self.watchdog?.unregister(pid: pid, startTime: startTime) }
        ManagedChildren.remove(pid)
        return exit
    }

    /// Reads to the end of the child's output; true if that came in the middle of a line.
    private func read(
        _ output: SubprocessOutputSequence,
        _ launch: AgentLaunch,
        _ handler: any AgentHandler
    ) async -> Bool {
        var framer = LineFramer(
            maximumLineBytes: launch.limits.maximumLineBytes,
            spillDirectory: launch.temporaryDirectory ?? "/tmp"
        )
        var framed: [FramedLine] = []
        do {
            for try await chunk in output {
                framer.append(chunk.withUnsafeBytes { ByteBuffer(bytes: $0) }, to: &framed)
                let lines = framed.compactMap { AgentLine($0) }
                framed.removeAll(keepingCapacity: true)
                if !lines.isEmpty { await handler.agentPrinted(lines) }
            }
        } catch {
            self.logger.warning("reading a child's output failed", metadata: [LogKey.error: "\(error)"])
        }
        return framer.finish()
    }

    private static func collect(_ output: SubprocessOutputSequence, into tail: StderrTail) async {
        do {
            for try await chunk in output { chunk.withUnsafeBytes { tail.append($0) } }
        } catch {
            Array("\n[reading stderr failed: \(error)]".utf8).withUnsafeBytes { tail.append($0) }
        }
    }

    /// The only writer of the child's stdin, and the one that closes it.
    private static func write(_ control: ChildControl, to writer: StandardInputWriter) async {
        do {
            for await _ in control.inputWakeups { try await self.writeQueued(control, to: writer) }
            try await self.writeQueued(control, to: writer)
        } catch {
            // EPIPE: the child does not read any more. It may go on talking, so only the queue is closed.
            control.closeInput()
        }
        try? await writer.finish()
    }

    private static func writeQueued(_ control: ChildControl, to writer: StandardInputWriter) async throws {
        while let line = control.beginLine() {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(line.readableBytes + 1)
            bytes.append(contentsOf: line.readableBytesView)
            bytes.append(0x0A)
            let written = try await writer.write(bytes)
            control.finishedLine()
            // The child has ended, or this task was cancelled because it did.
            guard written == bytes.count else { throw CancellationError() }
        }
    }

    private static func terminateWhenAsked(_ control: ChildControl) async {
        for await _ in control.terminationWakeups {
            var didTerminate = false
            var didKill = false
            ladder: while !Task.isCancelled {
                switch control.nextStep(didTerminate: didTerminate, didKill: didKill) {
                case .wait(let time):
                    // Short, as a second call may have made the steps quicker.
                    try? await Task.sleep(for: min(time, .milliseconds(25)))
                case .terminate:
                    control.signalGroup(SIGTERM)
                    didTerminate = true
                case .kill:
                    control.signalTree(SIGKILL)
                    didKill = true
                case .done:
                    break ladder
                }
            }
        }
    }

    /// Output has ended: so has the child, or it will very soon, or it closed its output and is of no use any more.
    private static func waitForExit(of control: ChildControl) async {
        let clock = ContinuousClock()
        let patience = clock.now + .seconds(2)
        var isTerminating = false
        var pause = Duration.milliseconds(1)
        while let entry = ProcessTree.entry(control.pid), !entry.isZombie {
            if !isTerminating && clock.now >= patience {
                isTerminating = true
                control.beginTermination(TerminationSteps())
            }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(20))
        }
    }
}

/// Whether the child came to be, as seen from after its end.
private final class Progress: Sendable {
    let isStarted = Atomic<Bool>(false)
}

/// Carries the cancellation of `run` to the child, whichever of the two comes first.
private final class RunCancellation: Sendable {
    private struct State {
        var isCancelled = false
        var control: ChildControl?
    }

    private let state = Mutex(State())

    var isCancelled: Bool { self.state.withLock { $0.isCancelled } }

    func attach(_ control: ChildControl) {
        let isCancelled = self.state.withLock { state in
            state.control = control
            return state.isCancelled
        }
        if isCancelled { control.beginTermination(.immediate) }
    }

    func cancel() {
        let control = self.state.withLock { state in
            state.isCancelled = true
            return state.control
        }
        control?.beginTermination(.immediate)
    }
}
