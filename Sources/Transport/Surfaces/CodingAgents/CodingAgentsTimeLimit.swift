import Actors
import Hummingbird
import Synchronization

/// How long a query may take; one that takes longer is stopped.
final class CodingAgentsTimeLimit: Sendable {
    /// Between two tries to stop a prompt that is just on its way to the agent.
    private static let pause: Duration = .milliseconds(50)

    let milliseconds: Int
    private let passed = Atomic(false)

    init(_ milliseconds: Int) {
        self.milliseconds = milliseconds
    }

    /// Whether the query was stopped for it.
    var hasPassed: Bool { self.passed.load(ordering: .acquiring) }

    /// Stops a prompt when it has taken too long; what comes of it is its answer then.
    ///
    /// To be cancelled when the answer is there.
    ///
    /// - Parameters:
    ///   - message: the prompt's id.
    ///   - session: who was asked.
    func stopWhenLate(_ message: String, of session: Session) async {
        do {
            try await Task.sleep(for: .milliseconds(self.milliseconds))
            self.passed.store(true, ordering: .releasing)
            while await !session.stopMessage(message) { try await Task.sleep(for: Self.pause) }
        } catch {
            // Cancelled: the answer is there.
        }
    }

    /// The same for an answer that is a stream, while it lasts.
    func hold(_ message: String, of session: Session, _ response: Response) -> Response {
        let body = response.body
        var response = response
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            async let _ = self.stopWhenLate(message, of: session)
            try await body.write(writer)
        }
        return response
    }
}
