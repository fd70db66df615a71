import DequeModule
import NIOCore

/// The questions of one session: those that wait for a person, and those that had their end.
///
/// Decides only. One answer wins; a second is told of the first.
struct ApprovalBook: Sendable {
    private struct Open: Sendable {
        var approval: Approval
        /// By which the process knows it; `nil` when that process is gone and the question outlived it.
        var requestID: String?
        let deadline: ContinuousClock.Instant?
    }

    /// Those that had their end, kept for whoever answers late; the oldest leaves for one more.
    private static let maximumClosed = 64
    /// Open at once; a CLI asks one after another, each sub-agent at most one.
    private static let maximumOpen = 64

    private var open: [Open] = []
    private var closed: Deque<Approval> = []
    /// Answers whose process was gone: the same question, asked again, has its answer already.
    private var carried: [Approval] = []

    /// Those that wait, oldest first.
    var pending: [Approval] { self.open.map(\.approval) }
    var isEmpty: Bool { self.open.isEmpty }
    /// Everything known, oldest first.
    var all: [Approval] { Array(self.closed) + self.pending }

    /// When the first of them is denied.
    var nextDeadline: ContinuousClock.Instant? { self.open.compactMap(\.deadline).min() }

    /// What became of a question of the process.
    enum AskAction: Equatable {
        case announce(Approval)
        /// It was asked before a restart and answered since.
        case answered(Approval)
        /// Too many are open.
        case refuse
    }

    /// The process asks.
    ///
    /// - Parameters:
    ///   - approval: what it asks.
    ///   - requestID: by which it knows it.
    ///   - deadline: when it is denied.
    /// - Returns: what to do.
    mutating func ask(_ approval: Approval, requestID: String, deadline: ContinuousClock.Instant?) -> AskAction {
        if let index = self.carried.firstIndex(where: { $0.isSame(as: approval) }) {
            return .answered(self.carried.remove(at: index))
        }
        if let index = self.open.firstIndex(where: { $0.requestID == nil && $0.approval.isSame(as: approval) }) {
            self.open[index].requestID = requestID
            self.open[index].approval.turn = approval.turn
            return .announce(self.open[index].approval)
        }
        guard self.open.count < Self.maximumOpen else { return .refuse }
        self.open.append(Open(approval: approval, requestID: requestID, deadline: deadline))
        return .announce(approval)
    }

    /// A person answers.
    ///
    /// - Parameters:
    ///   - id: the approval's.
    ///   - answer: the decision.
    ///   - at: RFC 3339.
    /// - Returns: the answered approval, and by what the process knows it, if it still waits.
    /// - Throws: `SessionError`: none of that id, answered already, withdrawn or expired, or answers that do not fit.
    mutating func answer(
        _ id: String,
        _ answer: ApprovalAnswer,
        at: String
    ) throws(SessionError) -> (approval: Approval, requestID: String?) {
        guard let index = self.open.firstIndex(where: { $0.approval.id == id }) else {
            throw self.refusal(of: id)
        }
        let input = try answer.input(for: self.open[index].approval)
        var item = self.open.remove(at: index)
        item.approval.state = .answered
        item.approval.decision = answer.decision
        item.approval.by = answer.by
        item.approval.answeredAt = at
        item.approval.message = answer.message
        item.approval.updatedInput = input
        item.approval.isRemembered = answer.isRemembered && answer.decision == .allow
        self.close(item.approval)
        if item.requestID == nil { self.carried.append(item.approval) }
        return (item.approval, item.requestID)
    }

    /// The CLI no longer needs an answer.
    mutating func withdraw(requestID: String, at: String) -> Approval? {
        guard let index = self.open.firstIndex(where: { $0.requestID == requestID }) else { return nil }
        return self.withdraw(at: index, at)
    }

    /// The turn is over, or its process gone: nothing waits any more.
    mutating func withdrawAll(at: String) -> [Approval] {
        self.carried = []
        var withdrawn: [Approval] = []
        while let index = self.open.firstIndex(where: { $0.requestID != nil }) {
            withdrawn.append(self.withdraw(at: index, at))
        }
        return withdrawn
    }

    /// Denies those whose time is up.
    mutating func expire(now: ContinuousClock.Instant, at: String) -> [(approval: Approval, requestID: String?)] {
        var expired: [(Approval, String?)] = []
        while let index = self.open.firstIndex(where: { $0.deadline.map { $0 <= now } ?? false }) {
            var item = self.open.remove(at: index)
            item.approval.state = .expired
            item.approval.decision = .deny
            item.approval.by = "deadline"
            item.approval.answeredAt = at
            self.close(item.approval)
            expired.append((item.approval, item.requestID))
        }
        return expired
    }

    /// The process is gone, but not for a reason of its own: its questions wait on under the same id.
    mutating func outliveProcess() {
        for index in self.open.indices { self.open[index].requestID = nil }
    }

    /// Takes up what an earlier server left: those that wait without a process, the others for whoever answers late.
    mutating func restore(_ approval: Approval, deadline: ContinuousClock.Instant?) {
        if approval.state == .pending {
            self.open.append(Open(approval: approval, requestID: nil, deadline: deadline))
        } else {
            self.close(approval)
        }
    }

    func approval(_ id: String) -> Approval? {
        self.open.first { $0.approval.id == id }?.approval ?? self.closed.first { $0.id == id }
    }

    private mutating func withdraw(at index: Int, _ at: String) -> Approval {
        var approval = self.open.remove(at: index).approval
        approval.state = .withdrawn
        approval.answeredAt = at
        self.close(approval)
        return approval
    }

    private mutating func close(_ approval: Approval) {
        self.closed.append(approval)
        if self.closed.count > Self.maximumClosed { self.closed.removeFirst() }
    }

    private func refusal(of id: String) -> SessionError {
        guard let approval = self.closed.first(where: { $0.id == id }) else {
            return SessionError(.approvalNotFound, "There is no approval of that id.")
        }
        switch approval.state {
        case .answered:
            let decision = approval.decision?.rawValue ?? "answered"
            return SessionError(
                .approvalAnswered,
                "Already answered: \(decision) by \(approval.by ?? "somebody") at \(approval.answeredAt ?? "")."
            )
        case .expired:
            return SessionError(
                .approvalGone,
                "Nobody answered in time; it was denied at \(approval.answeredAt ?? "")."
            )
        case .withdrawn, .pending:
            return SessionError(.approvalGone, "The agent no longer waits for an answer.")
        }
    }
}
