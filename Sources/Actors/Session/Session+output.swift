package import Agent
import Foundation
import NIOCore
import Storage
import Synchronization

/// What a session does with the lines its process prints.
extension Session {
    package func agentPrinted(_ lines: [AgentLine]) {
        for line in lines { self.receive(line) }
        self.settle()
    }

    /// The file of a line that was too long for its event.
    ///
    /// - Throws: `SessionError` when there is none of that number, or it had to leave.
    package func longLine(_ reference: Int) throws(SessionError) -> String {
        guard let path = self.longLines[reference] else {
            throw SessionError(.lineNotFound, "There is no such line, or it is no longer kept.")
        }
        return path
    }

    private func receive(_ line: AgentLine) {
        let now = self.time.now
        switch line.kind {
        case .keepAlive:
            break
        case .controlCancelRequest:
            guard let cancel = try? ControlCancel(line.bytes) else { break }
            self.apply(self.machine.askWithdrawn(requestID: cancel.requestID, at: Timestamp.now(), now: now))
        case .controlResponse:
            guard let response = try? ControlResponse(line.bytes) else { break }
            guard response.requestID == self.initializeRequest else { return self.answered(response) }
            self.initializeRequest = nil
            var mode: String?
            if case .success(let payload?) = response.outcome, let facts = try? InitializeResponse(payload) {
                mode = facts.permissionMode
                if let models = facts.models { self.models.note(models, of: self.options.confinement) }
            }
            self.agentIsReady(permissionMode: mode)
        case .controlRequest:
            self.answer(line)
        case .message, .invalid:
            self.publish(line, data: line.bytes, now: now)
        case .spilled(let path, _):
            self.publish(line, data: self.keep(line, at: path), now: now)
        }
    }

    private func publish(_ line: AgentLine, data: ByteBuffer, now: ContinuousClock.Instant) {
        if line.eventType == "agent.system.init", !line.isFromSubagent {
            self.apply(self.machine.turnBegan(now: now))
            self.noteInit(line)
        }
        let isResult = line.type == "result"
        self.outbox.append(
            EventDraft(
                line.eventType,
                kind: line.isPreview ? .preview : .durable,
                turn: self.machine.turn?.id,
                data: data,
                supersedesPreviews: isResult || (line.type == "assistant" && !line.isFromSubagent)
            )
        )
        if isResult {
            self.hasLostLine = false
            self.apply(self.machine.resultReceived(TurnResult(line), at: Timestamp.now(), now: now))
        }
        if line.kind != .message { self.hasLostLine = true }
        if self.hasLostLine, line.eventType == "agent.system.session_state_changed",
            JSONObject(line.bytes)?.string("state") == "idle"
        {
            // The line that could not be read was the result.
            self.hasLostLine = false
            self.apply(self.machine.resultReceived(TurnResult(), at: Timestamp.now(), now: now))
        }
        self.note(line, now: now)
    }

    /// Takes from a line what it says about the work: what the turn waits for, what runs beside it, what went wrong.
    private func note(_ line: AgentLine, now: ContinuousClock.Instant) {
        var note = TurnActivity.Note.other
        switch line.eventType {
        case "agent.stream_event" where !line.isFromSubagent:
            note = .writing
            self.noteWords(now: now)
        case "agent.system.status":
            if JSONObject(line.bytes)?.string("status") == "requesting" { note = .requesting }
        case "agent.system.api_retry":
            note = .retrying
            if let retry = try? ApiRetry(line.bytes) { self.tell(retry) }
        case "agent.assistant" where !line.isFromSubagent:
            guard let message = try? AssistantMessage(line.bytes) else { break }
            note = message.toolUses.isEmpty ? .writing : .toolsStarted(message.toolUses.map(\.id))
            self.noteWords(now: now)
            if let tokens = message.contextTokens { self.noteContext(tokens) }
            self.tracing?.toolsStarted(message.toolUses.map { ($0.id, $0.name) })
            if message.isAPIErrorMessage { self.tell(message) }
        case "agent.user" where !line.isFromSubagent:
            let finished = Self.finishedTools(line.bytes)
            note = .toolsFinished(finished)
            self.tracing?.toolsFinished(finished)
        case "agent.system.compact_boundary":
            let metadata = JSONObject(line.bytes)?.object("compact_metadata")
            if let tokens = metadata?.int("post_tokens") { self.noteContext(tokens) }
        case "agent.rate_limit_event":
            if let event = try? RateLimitEvent(line.bytes) { self.tell(event) }
        case "agent.system.background_tasks_changed":
            guard let background = try? BackgroundTasks(line.bytes) else { break }
            self.machine.backgroundChanged(Set(background.tasks.map(\.id)), now: now)
        case "agent.command_lifecycle":
            guard let move = try? CommandLifecycle(line.bytes), let state = move.state else { break }
            self.apply(self.machine.promptMoved(uuid: move.commandUUID, to: state, now: now))
        default: break
        }
        self.machine.noted(note, now: now)
    }

    /// The context is as full as this now.
    private func noteContext(_ tokens: Int) {
        self.context = SessionSummary.Context(tokens: max(0, tokens), window: self.context?.window)
    }

    /// The model has begun to answer.
    private func noteWords(now: ContinuousClock.Instant) {
        guard let since = self.awaitsWordsSince else { return }
        self.awaitsWordsSince = nil
        self.metrics.firstEvent.record(now - since)
    }

    private static func finishedTools(_ line: ByteBuffer) -> [String] {
        let blocks = JSONObject(line)?.object("message")?.array("content") ?? []
        return blocks.compactMap { JSONObject($0)?.string("tool_use_id") }
    }

    /// Failed logins and exhausted limits become events of our own, once a turn each: the CLI retries them for minutes.
    private func tell(_ retry: ApiRetry) {
        switch retry.errorStatus {
        case 401, 403: self.tellOnce(.authFailed("The API refuses the agent's login."))
        case 429: self.tellOnce(.limitHit(LimitHit(status: "retrying", resetsAt: nil, limit: retry.error)))
        default: break
        }
    }

    private func tell(_ message: AssistantMessage) {
        switch message.error {
        case "authentication_failed", "billing_error":
            self.machine.loginRefused()
            self.tellOnce(.authFailed("The API refused the agent's login."))
        case "rate_limit":
            self.tellOnce(.limitHit(LimitHit(status: "rejected", resetsAt: nil, limit: message.error)))
        default: break
        }
    }

    private func tell(_ event: RateLimitEvent) {
        guard event.status != "allowed" else { return }
        let resetsAt = event.resetsAt.map { Timestamp.of(secondsSince1970: $0) }
        self.tellOnce(.limitHit(LimitHit(status: event.status, resetsAt: resetsAt, limit: event.rateLimitType)))
    }

    private enum Trouble {
        case authFailed(String)
        case limitHit(LimitHit)
    }

    private func tellOnce(_ trouble: Trouble) {
        let (type, key, data) =
            switch trouble {
            case .authFailed(let message):
                ("auth.failed", "auth", EventData.encode(AuthFailed(message: message)))
            case .limitHit(let hit): ("limit.hit", "limit \(hit.status ?? "")", EventData.encode(hit))
            }
        guard self.toldInTurn.insert(key).inserted else { return }
        self.emit(type, data)
    }

    /// Keeps the file of a line that was too long, and says by which number it can be had.
    private func keep(_ line: AgentLine, at path: String) -> ByteBuffer {
        guard !path.isEmpty else { return line.bytes }
        self.longLineCount += 1
        self.longLines[self.longLineCount] = path
        if let oldest = self.longLines.removeValue(forKey: self.longLineCount - Self.maximumLongLines) {
            try? FileManager.default.removeItem(atPath: oldest)
        }
        var data = line.bytes
        data.moveWriterIndex(to: data.writerIndex - 1)
        data.writeString(",\"reference\":\"\(self.longLineCount)\"}")
        return data
    }

    private func noteInit(_ line: AgentLine) {
        guard let message = try? InitMessage(line.bytes) else { return }
        self.model = message.model ?? self.model
        self.permissionMode = message.permissionMode ?? self.permissionMode
        self.noteClaudeSession(message.sessionID)
    }

    /// The Claude session the process works on; one that is not the last becomes it.
    func noteClaudeSession(_ id: String) {
        // An id of which nothing came is not worth keeping.
        let wasUnused = if case .fresh = self.machine.conversation { true } else { false }
        self.machine.conversationNamed(id)
        let isNew = self.claudeSessionIDs.withLock { ids in
            guard ids.last != id else { return false }
            ids.removeAll { $0 == id }
            if wasUnused { ids.removeLast() }
            ids.append(id)
            if ids.count > Self.maximumClaudeSessionIDs { ids.removeFirst() }
            return true
        }
        guard isNew else { return }
        self.isRecordStale = true
        self.emit("session.updated", EventData.encode(SessionUpdated(claudeSessionId: id)))
    }

    /// Every request of the CLI is answered, or its turn waits for ever (PROTOCOL §7).
    private func answer(_ line: AgentLine) {
        guard let request = try? ControlRequest(line.bytes) else {
            guard let id = line.requestID else { return }
            return self.send(ControlProtocol.error(requestID: id, message: "the request could not be read"))
        }
        guard let ask = request.toolUse else {
            return self.send(
                ControlProtocol.error(requestID: request.requestID, message: "unsupported: \(request.subtype)")
            )
        }
        let now = self.time.now
        let approval = Approval(
            ask,
            id: Identifier.approval(),
            session: self.id,
            turn: self.machine.turn?.id,
            createdAt: Timestamp.now(),
            expiresAt: self.machine.configuration.approvalTimeout.map { Timestamp.of(now + $0, now: now) }
        )
        self.apply(self.machine.agentAsked(approval, requestID: request.requestID, now: now))
    }
}
