import Actors
import Foundation
import HTTPTypes
import NIOCore

/// What stands before every prompt: what its user may spend, and what it wants of the session.
extension CodeAPIHouse {
    /// Makes a session ready for a prompt.
    ///
    /// - Parameters:
    ///   - session: which.
    ///   - variation: what holds for the prompt.
    ///   - context: the request's.
    /// - Throws: `Problem`, 429 for a user or session that has spent what it may; `SessionError`.
    func prepare(_ session: Session, _ variation: SessionVariation, _ context: APIContext) async throws {
        let details = await session.details()
        try await self.checkSpending(of: details)
        try await self.allowCost(to: session, details, by: context.caller)
        try await self.vary(session, variation, by: context.caller)
    }

    /// Declines for a user whose sessions, made here, have cost what they may.
    private func checkSpending(of details: SessionDetails) async throws(Problem) {
        if let budget = details.summary.budget, budget.isReached, !self.raisesBudget(of: details) {
            throw Problem(.tooManyRequests, "budget_reached", "Session budget exceeded")
        }
        guard let most = self.settings.maximumCostPerUser else { return }
        let (owner, user) = (details.summary.owner, details.codeAPIUser)
        let spent = await self.supervisor.details(for: .system)
            .filter { $0.isOfCodeAPI && $0.summary.owner == owner && $0.codeAPIUser == user }
            .reduce(0) { $0 + $1.summary.usage.costUsd }
        guard spent >= most else { return }
        throw Problem(
            .tooManyRequests,
            "user_budget_exceeded",
            "User budget exceeded: $\(Self.dollars(spent)) >= $\(Self.dollars(most))"
        )
    }

    /// Sees to it that the next turn may cost no more than one request may, and half of that at least.
    ///
    /// The CLI holds a process to what it may cost; so it is not started anew for every request, but when half is gone.
    private func allowCost(to session: Session, _ details: SessionDetails, by caller: Caller) async throws {
        guard self.raisesBudget(of: details), let most = self.settings.maximumCostPerRequest else { return }
        let spent = details.summary.budget?.spentUsd ?? details.summary.usage.costUsd
        let left = details.summary.budget?.limitUsd.map { $0 - spent } ?? 0
        guard left < most / 2 else { return }
        var change = SessionChange()
        change.budget = Budget(limitUSD: spent + most)
        change.limitsUSD = true
        try await session.change(change, by: caller)
    }

    private func raisesBudget(of details: SessionDetails) -> Bool {
        details.options.notes?[CodeAPINotes.hasRequestBudget] != nil && self.settings.maximumCostPerRequest != nil
    }

    private func vary(
        _ session: Session,
        _ variation: SessionVariation,
        by caller: Caller
    ) async throws(SessionError) {
        do throws(SessionError) {
            try await session.vary(variation, by: caller)
        } catch {
            guard error.code == .sessionBusy, await self.hasStarted(session) else { throw error }
            try await session.vary(variation, by: caller)
        }
    }

    /// Waits for a session that is just being started; false for one that is not.
    private func hasStarted(_ session: Session) async -> Bool {
        var events = EventLogFollower(session.log, after: session.log.head.position).makeAsyncIterator()
        guard await session.details().summary.state == .starting else { return false }
        while await session.details().summary.state == .starting {
            guard await events.next() != nil else { return false }
        }
        return true
    }

    private static func dollars(_ amount: Double) -> String { String(format: "%.2f", amount) }
}
