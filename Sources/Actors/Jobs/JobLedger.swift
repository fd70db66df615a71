import Metrics
import NIOCore
import Storage
import Synchronization

/// The jobs of all sessions: moved by the sessions' own steps, read by whoever asks.
package final class JobLedger: Sendable {
    private let book: Mutex<JobBook>
    private let metrics: JobMetrics

    /// - Parameters:
    ///   - limits: how many are kept.
    ///   - metrics: what is counted of them.
    package init(limits: JobLimits = JobLimits(), metrics: JobMetrics = JobMetrics()) {
        self.book = Mutex(JobBook(limits: limits))
        self.metrics = metrics
    }

    /// The job of an id.
    package func job(_ id: String) -> Job? { self.book.withLock { $0[id] } }

    /// The job of a message.
    package func job(message: String) -> Job? { self.book.withLock { $0.job(message: message) } }

    /// The jobs of a session, newest first.
    package func jobs(of session: String) -> [Job] { self.book.withLock { $0.jobs(of: session) } }

    /// All jobs, newest first.
    package var all: [Job] { self.book.withLock(\.all) }

    func accept(_ job: Job) { self.book.withLock { $0.accept(job) } }

    /// Moves jobs on by an event on its way into a session's log; returns those whose state has changed.
    func note(_ draft: EventDraft, session: String) -> [Job] {
        guard JobBook.telling.contains(draft.type) else { return [] }
        let moved = self.book.withLock {
            $0.note(draft.type, turn: draft.turn, data: draft.data, session: session, at: Timestamp.now())
        }
        self.metrics.moved(moved)
        return moved
    }

    func reconcile(_ session: String, isOpen: (String) -> Bool) -> [Job] {
        let ended = self.book.withLock { $0.reconcile(session, isOpen: isOpen, at: Timestamp.now()) }
        self.metrics.moved(ended)
        return ended
    }

    func takeChanges(of session: String) -> [StoredItem] { self.book.withLock { $0.takeChanges(of: session) } }

    func restore(_ items: [StoredItem]) { self.book.withLock { $0.restore(items) } }

    /// Takes what waits and runs into its gauge.
    func measure() {
        self.metrics.waiting.record(self.book.withLock(\.openCount))
    }

    func forget(session: String) { self.book.withLock { $0.forget(session: session) } }
}
