import Agent
package import NIOCore

/// What is asked of a running process, and what may be changed while it runs.
extension Session {
    /// A request that waits for the process's answer.
    struct ControlWaiter {
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Result<ByteBuffer?, SessionError>, Never>
    }

    /// Requests that may wait at once.
    private static let maximumRequests = 32
    /// Answers come within milliseconds, 40 for the use of the context (PROTOCOL §5.2).
    private static let patience: Duration = .seconds(10)

    /// Asks the process something.
    ///
    /// - Parameters:
    ///   - subtype: as in PROTOCOL §5.2.
    ///   - fields: a JSON object.
    /// - Returns: the payload of its answer.
    /// - Throws: `SessionError` when it has no process, refuses, or does not answer.
    package func ask(_ subtype: String, _ fields: ByteBuffer? = nil) async throws(SessionError) -> ByteBuffer? {
        guard let child = self.child, self.machine.process == .ready else {
            throw SessionError(.sessionBusy, "The session has no process that could answer; wake it first.")
        }
        guard self.requests.count < Self.maximumRequests else {
            throw SessionError(.agentStalled, "The agent has many requests to answer.", retryAfter: .seconds(1))
        }
        let id = self.nextRequestID()
        guard child.send(ControlProtocol.request(subtype: subtype, requestID: id, fields: fields)) == .queued else {
            throw SessionError(.agentStalled, "The agent does not read its input.", retryAfter: .seconds(1))
        }
        return try await withCheckedContinuation { continuation in
            self.requests[id] = ControlWaiter(deadline: self.time.now + Self.patience, continuation: continuation)
            self.settle()
        }.get()
    }

    /// Hands an answer of the process to whoever waits for it.
    func answered(_ response: ControlResponse) {
        guard let waiter = self.requests.removeValue(forKey: response.requestID) else { return }
        switch response.outcome {
        case .success(let payload): waiter.continuation.resume(returning: .success(payload))
        case .failure(let message, _):
            waiter.continuation.resume(
                returning: .failure(SessionError(.agentRefused, "The agent refused: \(message)"))
            )
        }
    }

    /// Changes what the client named, model, mode and thinking on the running process too; returns when it will survive
    /// the server.
    ///
    /// - Throws: `SessionError` when the caller may not, or the agent refuses; what came before it is changed.
    package func change(_ change: SessionChange, by caller: Caller) async throws(SessionError) {
        try caller.checkMayAllow(mode: change.permissionMode)
        self.noteAct()
        AuditNotes.current?.note("changed", .texts(change.fields))
        try await self.carryOut(change)
        await self.durable()
    }

    private func carryOut(_ change: SessionChange) async throws(SessionError) {
        guard self.machine.endReason == nil else { throw SessionError(.sessionEnded, "The session has ended.") }
        if change.permissionMode == SessionOptions.bypass, !self.mayUseSettings {
            throw SessionOptions.needsSettings("permission_mode \(SessionOptions.bypass)")
        }
        var updated = SessionUpdated()
        defer {
            if updated != SessionUpdated() { self.emit("session.updated", EventData.encode(updated)) }
            self.isRecordStale = true
            self.settle()
        }
        if let name = change.name {
            self.options.name = name
            updated.name = name
        }
        if let tags = change.tags {
            self.options.tags = tags
            updated.tags = tags
        }
        if let timeToLive = change.timeToLive {
            self.options.timeToLive = timeToLive
            self.machine.configuration.timeToLive = timeToLive
            updated.ttlMs = Int(timeToLive / .milliseconds(1))
        }
        if let hibernateAfter = change.hibernateAfter {
            self.options.hibernateAfter = hibernateAfter
            self.machine.configuration.hibernateAfter = hibernateAfter
            updated.hibernateAfterMs = Int(hibernateAfter / .milliseconds(1))
        }
        if let budget = change.budget {
            if change.limitsUSD { self.options.budgetUSD = budget.limitUSD }
            if change.limitsTurns { self.options.budgetTurns = budget.limitTurns }
            let limits = Budget(limitUSD: self.options.budgetUSD, limitTurns: self.options.budgetTurns)
            self.apply(self.machine.limitBudget(limits, now: self.time.now))
            updated.budget = SessionSummary.BudgetView(self.machine.budget)
        }
        if let model = change.model {
            if self.isReady { _ = try await self.ask("set_model", Self.object("model", model)) }
            self.options.model = model
            self.model = model
            updated.model = model
        }
        if let mode = change.permissionMode {
            if self.isReady { _ = try await self.ask("set_permission_mode", Self.object("mode", mode)) }
            self.options.permissionMode = mode
            self.permissionMode = mode
            updated.permissionMode = mode
        }
        if let tokens = change.maximumThinkingTokens {
            let fields = ByteBuffer(string: "{\"max_thinking_tokens\":\(tokens)}")
            if self.isReady { _ = try await self.ask("set_max_thinking_tokens", fields) }
            self.options.maximumThinkingTokens = tokens
            updated.maxThinkingTokens = tokens
        }
    }

    /// Changes what the API that made it keeps with it; returns when that will survive the server.
    ///
    /// - Parameters:
    ///   - key: which note.
    ///   - change: gets what it was, and says what it becomes; what it makes must have a bound.
    package func note(_ key: String, _ change: @Sendable (String?) -> String?) async {
        var notes = self.options.notes ?? [:]
        notes[key] = change(notes[key])
        self.options.notes = notes
        self.isRecordStale = true
        self.settle()
        await self.durable()
    }

    /// What a person allowed for the rest of the session holds for its next process too.
    func remember(_ approval: Approval) {
        for suggestion in approval.suggestions.flatMap({ JSONObject.elements($0) }) ?? [] {
            guard let update = JSONObject(suggestion) else { continue }
            switch update.string("type") {
            case "addRules" where update.string("behavior") == "allow":
                let rules = update.nonNull("rules").flatMap { JSONObject.elements($0) } ?? []
                for rule in rules.compactMap({ JSONObject($0) }) {
                    guard let tool = rule.string("toolName") else { continue }
                    let text = rule.string("ruleContent").map { "\(tool)(\($0))" } ?? tool
                    if !self.options.allowedTools.contains(text) { self.options.allowedTools.append(text) }
                }
            case "addDirectories":
                for directory in update.strings("directories") ?? []
                where !self.options.addDirectories.contains(directory) {
                    self.options.addDirectories.append(directory)
                }
            case "setMode" where self.mayUseSettings || update.string("mode") != SessionOptions.bypass:
                self.options.permissionMode = update.string("mode") ?? self.options.permissionMode
            default: break
            }
        }
        self.isRecordStale = true
    }

    private var isReady: Bool { self.machine.process == .ready }

    static func object(_ key: StaticString, _ value: String) -> ByteBuffer {
        var buffer = ByteBuffer(string: "{\"\(key)\":")
        JSONText.append(value, to: &buffer)
        buffer.writeString("}")
        return buffer
    }
}

/// What `PATCH` of a session may change; `nil` leaves a thing as it is.
package struct SessionChange: Sendable {
    package var name: String?
    package var tags: [String]?
    package var timeToLive: Duration?
    package var hibernateAfter: Duration?
    package var model: String?
    package var permissionMode: String?
    package var maximumThinkingTokens: Int?
    /// Limits; what is spent stays.
    package var budget: Budget?
    /// Which of the limits are meant: `nil` in one of them lifts it.
    package var limitsUSD = false
    package var limitsTurns = false

    package init() {}

    /// The names of what it changes.
    var fields: [String] {
        [
            ("name", self.name != nil), ("tags", self.tags != nil), ("ttl_ms", self.timeToLive != nil),
            ("hibernate_after_ms", self.hibernateAfter != nil), ("model", self.model != nil),
            ("permission_mode", self.permissionMode != nil),
            ("max_thinking_tokens", self.maximumThinkingTokens != nil), ("budget_usd", self.limitsUSD),
            ("budget_turns", self.limitsTurns),
        ].filter(\.1).map(\.0)
    }
}
