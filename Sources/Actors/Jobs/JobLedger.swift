import NIOCore
import Storage
import Synchronization

/// The jobs of all sessions: moved by the sessions' own steps, read by whoever asks.
package final class JobLedger: Sendable {
    private let book: Mutex<JobBook>

    package init(limits: JobLimits = JobLimits()) {
        self.book = Mutex(JobBook(limits: limits))
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
        return self.book.withLock {
            $0.note(draft.type, turn: draft.turn, data: draft.data, session: session, at: Timestamp.now())
        }
    }

    func reconcile(_ session: String, isOpen: (String) -> Bool) -> [Job] {
        self.book.withLock { $0.reconcile(session, isOpen: isOpen, at: Timestamp.now()) }
    }

    func takeChanges(of session: String) -> [StoredItem] { self.book.withLock { $0.takeChanges(of: session) } }

    func restore(_ items: [StoredItem]) { self.book.withLock { $0.restore(items) } }

    func forget(session: String) { self.book.withLock { $0.forget(session: session) } }
}
