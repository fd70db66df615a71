package import Logging
import Subprocess
import Synchronization
package import SystemPackage

/// The server's side of the watchdog: starts it, tells it of children, starts it again when it dies.
///
/// The pipe's end is close-on-exec, so that no child keeps it open after the server.
package final class WatchdogGuard: Sendable {
    private struct State {
        var children: [Int32: UInt64] = [:]
        /// What the running watchdog has not been told yet; nil while none runs, as a new one is told everything.
        var untold: String?
        var wake: AsyncStream<Void>.Continuation?
        var isStopping = false
        var pid: Int32?
    }

    private let executable: FilePath
    private let arguments: [String]
    private let logger: Logger
    private let state = Mutex(State())

    /// The executable must call `Watchdog.run(ownerPrefix:)` when it gets `arguments`.
    package init(
        executable: FilePath = "/proc/self/exe",
        arguments: [String] = ["watchdog", OwnerMark.ownPrefix],
        logger: Logger
    ) {
        self.executable = executable
        self.arguments = arguments
        self.logger = logger
    }

    /// The pid of the watchdog that runs now.
    package var pid: Int32? { self.state.withLock { $0.pid } }

    /// A child began; may be called before `run`.
    package func register(pid: Int32, startTime: UInt64) { self.tell(pid, startTime, isGone: false) }

    /// A child and everything below it are gone.
    package func unregister(pid: Int32, startTime: UInt64) { self.tell(pid, startTime, isGone: true) }

    /// Keeps a watchdog running; when cancelled, ends it and returns.
    ///
    /// To be called once.
    package func run() async {
        await withTaskCancellationHandler {
            while !self.isStopping {
                // Proof: awaited on the spot. It is a task of its own so that cancelling does not kill the watchdog,
                // which is to leave by itself when its pipe closes.
                await Task { await self.runOnce() }.value
                guard !self.isStopping else { return }
                self.logger.warning("the watchdog ended and is started again")
                try? await Task.sleep(for: .milliseconds(500))
            }
        } onCancel: {
            self.stop()
        }
    }

    private var isStopping: Bool { self.state.withLock { $0.isStopping } }

    private func stop() {
        let wake = self.state.withLock { state in
            state.isStopping = true
            return state.wake
        }
        wake?.finish()
    }

    private func tell(_ pid: Int32, _ startTime: UInt64, isGone: Bool) {
        let wake = self.state.withLock { state in
            if !isGone {
                state.children[pid] = startTime
            } else if state.children[pid] == startTime {
                state.children[pid] = nil
            }
            state.untold?.append(WatchedChildren.line(pid: pid, startTime: startTime, isGone: isGone))
            return state.wake
        }
        wake?.yield()
    }

    private func runOnce() async {
        var platform = PlatformOptions()
        platform.createSession = true
        do {
            _ = try await Subprocess.run(
                .path(self.executable),
                arguments: Arguments(self.arguments),
                platformOptions: platform,
                input: .inputWriter,
                output: .sequence,
                error: .discarded
            ) { execution in
                await self.attend(execution)
            }
        } catch {
            self.logger.error("the watchdog cannot be started", metadata: [LogKey.error: "\(error)"])
        }
        self.state.withLock { state in
            state.untold = nil
            state.wake = nil
            state.pid = nil
        }
    }

    private func attend(_ execution: Execution<CustomWriteInput, SequenceOutput, DiscardedOutput>) async {
        let pid = execution.processIdentifier.value
        let (wakeups, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        ManagedChildren.insert(pid)
        defer { ManagedChildren.remove(pid) }
        self.state.withLock { state in
            state.pid = pid
            state.wake = wake
            state.untold = state.children.map { WatchedChildren.line(pid: $0.key, startTime: $0.value, isGone: false) }
                .joined()
            if state.isStopping { wake.finish() }
        }
        wake.yield()
        self.logger.debug("started the watchdog", metadata: [LogKey.watchdogPID: "\(pid)"])

        await withTaskGroup(of: Void.self) { group in
            // It prints nothing: the end of its output is its own.
            group.addTask {
                do { for try await _ in execution.standardOutput {} } catch {}
                wake.finish()
            }
            let writer = execution.standardInputWriter
            do {
                for await _ in wakeups { try await self.writeUntold(to: writer) }
                try await self.writeUntold(to: writer)
            } catch {
                self.logger.debug("writing to the watchdog failed", metadata: [LogKey.error: "\(error)"])
            }
            try? await writer.finish()
            group.addTask {
                // Longer than it may take; ends at once when the reader above has.
                try? await Task.sleep(for: Watchdog.limit + .seconds(1))
                if !Task.isCancelled { try? execution.send(signal: .kill) }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func writeUntold(to writer: StandardInputWriter) async throws {
        let text = self.state.withLock { state in
            defer { state.untold = "" }
            return state.untold ?? ""
        }
        if !text.isEmpty { _ = try await writer.write(text) }
    }
}
