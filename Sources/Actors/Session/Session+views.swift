import Agent
package import NIOCore
package import Storage
import Synchronization

/// What a session shows of itself.
extension Session {
    /// The session as `GET /v1/sessions/{id}` has it.
    package func summary() -> SessionSummary {
        let now = self.time.now
        let process = self.child.flatMap { ProcessUsage.now(of: $0.pid) }
        return SessionSummary(
            id: self.id,
            owner: self.owner,
            name: self.options.name,
            state: self.machine.state,
            waitingOn: self.waitingOn,
            admissionPosition: self.admission?.position(of: self.storageID),
            model: self.model,
            permissionMode: self.permissionMode,
            cwd: self.plan.workingDirectory(self.options),
            tags: self.options.tags,
            createdAt: self.createdAt,
            lastActivityAt: self.lastActivityAt,
            expiresAt: self.machine.expiresAt.map { Timestamp.of($0, now: now) },
            hibernatesAt: self.machine.hibernatesAt.map { Timestamp.of($0, now: now) },
            claudeSessionIds: self.claudeSessionIDs.withLock { $0 },
            turn: self.machine.turn?.id,
            lastOutcome: self.lastOutcome,
            queueLength: self.machine.waiting.count,
            pendingApprovals: self.machine.approvals.pending.map(\.id),
            backgroundTasks: self.machine.background.count,
            viewers: self.machine.viewerCount,
            usage: self.usage,
            budget: SessionSummary.BudgetView(self.machine.budget),
            context: self.context,
            process: SessionSummary.Process(
                pid: self.child?.pid,
                uptimeMs: self.childStartedAt.map { Int((now - $0) / .milliseconds(1)) },
                rssBytes: process?.residentBytes,
                cpuMs: process.map { Int($0.processorTime / .milliseconds(1)) },
                restarts: self.machine.restarts,
                lastExit: self.lastExit
            ),
            failure: self.machine.failure,
            cursor: self.log.head.id.description
        )
    }

    /// What it was asked for, with what was changed since.
    package func optionsView() -> SessionOptions { self.options }

    /// The options of a session that copies this one's conversation.
    ///
    /// - Throws: `SessionError` while it works, or when nothing was ever said.
    func optionsForFork() throws(SessionError) -> SessionOptions {
        guard self.machine.turn == nil else {
            throw SessionError(.sessionBusy, "A turn runs; what it says is not whole yet.")
        }
        switch self.machine.conversation {
        case .rewound:
            throw SessionError(.sessionBusy, "It was rewound and has not gone on since; send it a message first.")
        case .known(let id):
            var options = self.options
            options.resume = id
            options.isFork = true
            return options
        case .fresh, .uncertain, .fork:
            throw SessionError(.nothingSaid, "The session has no conversation to copy.")
        }
    }

    /// The data of `stream.snapshot`.
    func snapshot(partial: PartialMessage?, messages: Int, older: [StoredEvent]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("{\"session\":")
        buffer.writeImmutableBuffer(EventData.encode(self.summary()))
        buffer.writeString(",\"approvals\":")
        buffer.writeImmutableBuffer(Self.array(self.machine.approvals.pending.map(\.json)))
        buffer.writeString(",\"queue\":")
        buffer.writeImmutableBuffer(Self.array(self.queueView()))
        buffer.writeString(",\"messages\":")
        let recent = self.log.newest(messages, where: Self.isMessage)
        let first = recent.first?.sequence ?? .max
        let past = older.filter { $0.sequence < first }.suffix(messages - recent.count)
        buffer.writeImmutableBuffer(Self.array(past.map(\.envelope) + recent.map(\.envelope)))
        buffer.writeString(",\"partial\":")
        (partial ?? PartialMessage()).write(to: &buffer)
        buffer.writeString("}")
        return buffer
    }

    /// The messages that wait.
    package func queueView() -> [ByteBuffer] {
        self.machine.waiting.enumerated().map { place, prompt in
            Self.describe(prompt, state: .queued, position: place + 1)
        }
    }

    /// What the process says of itself: version, models, commands, agents, as JSON.
    ///
    /// Asked anew each time, which is harmless (PROTOCOL §5.2), as it is 17 KB that few want.
    ///
    /// - Throws: `SessionError` when it has no process, or that does not answer.
    package func agentFacts() async throws(SessionError) -> ByteBuffer {
        let answer = try await self.ask("initialize", ByteBuffer(string: "{\"hooks\":null}"))
        let facts = answer.flatMap { try? InitializeResponse($0) }
        var buffer = ByteBuffer(string: "{\"version\":")
        JSONText.append(facts?.version ?? "", to: &buffer)
        let parts = [("models", facts?.models), ("commands", facts?.commands), ("agents", facts?.agents)]
        for (name, part) in parts {
            buffer.writeString(",\"\(name)\":")
            buffer.writeImmutableBuffer(part ?? ByteBuffer(string: "[]"))
        }
        buffer.writeString("}")
        return buffer
    }

    /// One message: what has become of it.
    ///
    /// - Throws: `SessionError` when none of that id is known (any more).
    package func messageView(_ id: String) throws(SessionError) -> ByteBuffer {
        guard let entry = self.book[id] else {
            throw SessionError(.messageNotFound, "No message of that id is known.")
        }
        let place = self.machine.waiting.firstIndex { $0.id == id }
        return Self.describe(entry.prompt, state: entry.state, position: place.map { $0 + 1 }, turn: entry.turn)
    }

    /// Its approvals, those that had their end included, oldest first.
    package func approvals() -> [Approval] { self.machine.approvals.all }

    package func approval(_ id: String) -> Approval? { self.machine.approvals.approval(id) }

    static func array(_ items: [ByteBuffer]) -> ByteBuffer {
        var buffer = ByteBuffer(string: "[")
        for (place, item) in items.enumerated() {
            if place > 0 { buffer.writeString(",") }
            buffer.writeImmutableBuffer(item)
        }
        buffer.writeString("]")
        return buffer
    }

    /// What a snapshot and the history show: what was said, and how turns ended.
    package static func isMessage(_ event: Event) -> Bool { Self.messageTypes.contains(event.type) }

    static let messageTypes = [
        "agent.user", "agent.assistant", "agent.result", "message.accepted", "turn.started", "turn.ended",
    ]

    /// A message as events, the queue and the snapshot show it.
    static func describe(
        _ prompt: Prompt,
        state: MessageState,
        position: Int?,
        turn: String? = nil
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("{\"message_id\":\"\(prompt.id)\",\"state\":\"\(state.rawValue)\"")
        if let position { buffer.writeString(",\"position\":\(position)") }
        if let turn { buffer.writeString(",\"turn\":\"\(turn)\"") }
        buffer.writeString(",\"delivery\":\"\(prompt.delivery.rawValue)\",\"origin\":\"\(prompt.origin.rawValue)\"")
        buffer.writeString(",\"created_at\":\"\(prompt.createdAt)\"")
        if prompt.content.readableBytes > 0 {
            buffer.writeString(",\"content\":")
            buffer.writeImmutableBuffer(prompt.content)
        }
        buffer.writeString("}")
        return buffer
    }
}

extension Prompt {
    /// The line that hands it to the CLI.
    ///
    /// - Parameter mayCompose: whether the CLI reads the files that it names with `@` and runs the `/command` that it is;
    ///   a command of ours it runs in any case.
    /// - Returns: the line without its newline.
    func line(mayCompose: Bool) -> ByteBuffer {
        let content = JSONText.string(self.content).map(ControlProtocol.Content.text) ?? .blocks(self.content)
        return ControlProtocol.userMessage(
            uuid: self.uuid,
            content: content,
            clientComposed: !mayCompose && self.origin != .command
        )
    }
}

extension Event {
    /// As the store keeps it; `nil` for a preview, which is never kept.
    var stored: StoredEvent? {
        guard self.kind == .durable else { return nil }
        return StoredEvent(sequence: self.sequence, type: self.type, turn: self.turn, envelope: self.envelope)
    }
}
