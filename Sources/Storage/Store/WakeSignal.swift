import Synchronization

/// Wakes the one task that works off what others leave for it, and remembers a call that comes while it is at work.
///
/// The task calls `lookedAgain` before it looks, so that whatever is left for it after that wakes it.
package final class WakeSignal: Sendable {
    private struct State {
        /// The task, while it waits.
        var sleeper: CheckedContinuation<Void, Never>?
        /// Something came since it last looked.
        var hasNews = false
    }

    private let state = Mutex(State())

    package init() {}

    /// The task is about to look: what came until now is not news any more.
    package func lookedAgain() {
        self.state.withLock { $0.hasNews = false }
    }

    /// Makes the task look again; costs nothing while it is at work.
    package func wake() {
        let sleeper = self.state.withLock { state in
            defer { state.sleeper = nil }
            state.hasNews = state.sleeper == nil
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// Returns when there is news, the time has come, or the task is cancelled.
    package func wait(until deadline: ContinuousClock.Instant? = nil) async {
        guard let deadline else { return await self.waitForNews() }
        await withTaskGroup { group in
            group.addTask {
                // Cancelled, something else has woken the task.
                guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
                self.wake()
            }
            await self.waitForNews()
            group.cancelAll()
        }
    }

    private func waitForNews() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let hasNews = self.state.withLock { state in
                    if !state.hasNews { state.sleeper = continuation }
                    return state.hasNews
                }
                if hasNews { continuation.resume() }
            }
        } onCancel: {
            self.wake()
        }
    }
}
