import Agent
import NIOCore
import Transport
import UnixSignals

/// Follows a session on behalf of a person, until there is an end or the person leaves.
struct Watching: Sendable {
    let client: ServerClient
    let session: String
    let isJSON: Bool
    let screen: Screen

    /// Follows one message to the end of its turn; Ctrl+C stops the turn, a second one leaves it to go on.
    ///
    /// - Parameters:
    ///   - message: its id.
    ///   - cursor: an event before it.
    /// - Returns: the exit code of its outcome.
    /// - Throws: `Failure`.
    func followMessage(_ message: String, after cursor: String) async throws -> Int32 {
        try await self.untilLeft {
            self.screen.note("stopping the turn; Ctrl+C again leaves it")
            _ = try? await self.client.call("POST", ServerClient.path("sessions", self.session, "interrupt"))
        } orDone: {
            let watch = TurnWatch(message: message)
            return try await self.follow(after: cursor, isFull: false) { event in
                watch.outcome(event).map { ExitStatus.of(outcome: $0) }
            }
        }
    }

    /// Follows everything until the session ends; Ctrl+C leaves it as it is.
    ///
    /// - Parameter cursor: where to begin; `nil` for now.
    /// - Throws: `Failure`.
    func followSession(after cursor: String?) async throws {
        _ = try await self.untilLeft(onFirst: nil) {
            try await self.follow(after: cursor, isFull: true) { _ in nil }
        }
    }

    /// Writes an event as this person wants it.
    func show(_ event: ServerEvent, _ text: inout EventText) {
        guard !self.isJSON else { return self.screen.line(String(buffer: event.text)) }
        self.write(text.pieces(of: event))
    }

    // MARK: Steps

    private func follow(
        after cursor: String?,
        isFull: Bool,
        until end: (ServerEvent) -> Int32?
    ) async throws -> Int32 {
        var text = EventText(isFull: isFull)
        var code: Int32?
        try await self.client.follow(self.session, after: cursor) { event in
            self.show(event, &text)
            code = end(event)
            return code == nil
        }
        if !self.isJSON { self.write(text.endOfLine()) }
        return code ?? (isFull ? 0 : ExitStatus.lost)
    }

    private func write(_ pieces: [EventText.Piece]) {
        for piece in pieces {
            switch piece {
            case .words(let words): self.screen.write(words)
            case .note(let note): self.screen.note(note)
            }
        }
    }

    /// Runs `body` until it is done or the person leaves: with the first Ctrl+C, or where that does something, with the
    /// second, which does not wait for what the first has begun.
    private func untilLeft(
        onFirst: (@Sendable () async -> Void)?,
        orDone body: @escaping @Sendable () async throws -> Int32
    ) async throws -> Int32 {
        let signals = await UnixSignalsSequence(trapping: .sigint)
        return try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                var signals = signals.makeAsyncIterator()
                guard await signals.next() != nil else { return nil }
                guard let onFirst else { return 0 }
                async let _: Void = onFirst()
                guard await signals.next() != nil else { return nil }
                return ExitStatus.detached
            }
            defer { group.cancelAll() }
            while let code = try await group.next() { if let code { return code } }
            return ExitStatus.detached
        }
    }
}
