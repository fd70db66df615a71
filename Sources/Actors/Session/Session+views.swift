import Agent
import NIOCore
package import Storage

/// What a session shows of itself.
extension Session {
    /// The session as `GET /v1/sessions/{id}` has it.
    package func summary() -> SessionSummary {
        let now = self.time.now
        return SessionSummary(
            id: self.id,
            name: self.options.name,
            state: self.machine.state,
            model: self.model,
            permissionMode: self.permissionMode,
            cwd: self.plan.workingDirectory(self.options),
            tags: self.options.tags,
            createdAt: self.createdAt,
            lastActivityAt: self.lastActivityAt,
            expiresAt: self.machine.expiresAt.map { Timestamp.of($0, now: now) },
            claudeSessionIds: self.claudeSessionIDs,
            turn: self.machine.turn?.id,
            queueLength: self.machine.waiting.count,
            viewers: self.machine.viewerCount,
            usage: self.usage,
            process: SessionSummary.Process(
                pid: self.child?.pid,
                uptimeMs: self.childStartedAt.map { Int((now - $0) / .milliseconds(1)) },
                restarts: self.machine.restarts,
                lastExit: self.lastExit
            ),
            failure: self.machine.failure,
            cursor: self.log.head.id.description
        )
    }

    /// The data of `stream.snapshot`.
    func snapshot(partial: PartialMessage?, messages: Int) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("{\"session\":")
        buffer.writeImmutableBuffer(EventData.encode(self.summary()))
        buffer.writeString(",\"approvals\":[],\"queue\":[")
        for (place, prompt) in self.machine.waiting.enumerated() {
            if place > 0 { buffer.writeString(",") }
            buffer.writeImmutableBuffer(Self.describe(prompt, position: place + 1))
        }
        buffer.writeString("],\"messages\":[")
        let recent = self.log.newest(messages, where: Self.isMessage)
        for (place, event) in recent.enumerated() {
            if place > 0 { buffer.writeString(",") }
            buffer.writeImmutableBuffer(event.envelope)
        }
        buffer.writeString("],\"partial\":")
        (partial ?? PartialMessage()).write(to: &buffer)
        buffer.writeString("}")
        return buffer
    }

    /// What a snapshot and the history show: what was said, and how turns ended.
    package static func isMessage(_ event: Event) -> Bool {
        switch event.type {
        case "agent.user", "agent.assistant", "agent.result", "message.accepted", "turn.started", "turn.ended": true
        default: false
        }
    }

    /// A prompt as events and the snapshot show it.
    static func describe(_ prompt: Prompt, position: Int?) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("{\"message_id\":\"\(prompt.id)\"")
        if let position {
            buffer.writeString(",\"state\":\"\(position == 0 ? "delivered" : "queued")\",\"position\":\(position)")
        }
        buffer.writeString(",\"delivery\":\"queue\",\"created_at\":\"\(prompt.createdAt)\",\"content\":")
        buffer.writeImmutableBuffer(prompt.content)
        buffer.writeString("}")
        return buffer
    }
}
