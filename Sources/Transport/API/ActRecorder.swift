import Actors
import HTTPTypes

/// Leaves an entry in the audit for each thing that somebody does, or may not do.
///
/// The one place that every act over HTTP and WebSocket passes; what it was done to is noted by those who carry it out.
struct ActRecorder: Sendable {
    let audit: AuditTrail

    /// Carries out an act and leaves its entry.
    ///
    /// - Parameters:
    ///   - action: the `operationId` of the API's description.
    ///   - caller: who does it.
    ///   - origin: where it came from.
    ///   - request: the request's id.
    ///   - act: what is done.
    /// - Returns: what `act` returns.
    /// - Throws: what `act` throws.
    func record<Value>(
        _ action: String,
        by caller: Caller,
        origin: AuditTrail.Origin,
        request: String?,
        _ act: () async throws -> Value
    ) async throws -> Value {
        let notes = AuditNotes()
        do {
            let value = try await AuditNotes.$current.withValue(notes) { try await act() }
            self.leave(action, caller, origin, request, notes, outcome: "done")
            return value
        } catch {
            self.refused(action, caller, origin, request, Problem(error), notes)
            throw error
        }
    }

    /// Leaves the entry of what somebody may not do, or could not, since it is done, gone or nobody's business of theirs.
    ///
    /// What is merely wrong, too much or too early has not been an act.
    func refused(
        _ action: String,
        _ caller: Caller,
        _ origin: AuditTrail.Origin,
        _ request: String?,
        _ problem: Problem,
        _ notes: AuditNotes = AuditNotes()
    ) {
        switch problem.status {
        case .forbidden, .notFound, .conflict, .gone:
            self.leave(action, caller, origin, request, notes, outcome: problem.code)
        default:
            break
        }
    }

    private func leave(
        _ action: String,
        _ caller: Caller,
        _ origin: AuditTrail.Origin,
        _ request: String?,
        _ notes: AuditNotes,
        outcome: String
    ) {
        self.audit.record(
            action,
            by: caller.name,
            key: caller.key?.id,
            outcome: outcome,
            origin: origin,
            request: request,
            notes: notes
        )
    }
}
