/// What a line's type and subtype are called in Swift, without an allocation for those the CLI is known to write.
struct LineName: Sendable {
    let type: String
    /// Only of `system` lines; of others (`result`) it is looked up apart.
    let eventType: String
    let isPreview: Bool

    private init(_ type: String, _ eventType: String, isPreview: Bool = false) {
        self.type = type
        self.eventType = eventType
        self.isPreview = isPreview
    }

    /// The name of a line that is not `system`.
    static func find(type: String) -> LineName {
        self.types.first { $0.type == type } ?? LineName(type, "agent." + self.sanitized(type))
    }

    /// The event type of a `system` line, and whether it is a preview.
    static func find(systemSubtype subtype: String) -> (eventType: String, isPreview: Bool) {
        if let known = self.systemSubtypes.first(where: { $0.type == subtype }) {
            return (known.eventType, known.isPreview)
        }
        return ("agent.system." + self.sanitized(subtype), false)
    }

    /// Event types stand in Server-Sent Events and in clients' switches: nothing but plain letters gets there.
    private static func sanitized(_ name: String) -> String {
        guard !name.isEmpty, name.utf8.count <= 64 else { return "unknown" }
        return String(
            decoding: name.utf8.map { byte in
                let isPlain =
                    byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
                return isPlain ? byte : UInt8(ascii: "_")
            },
            as: UTF8.self
        )
    }

    /// The most frequent first.
    ///
    /// Source: PROTOCOL.md, section 6.
    private static let types: [LineName] = [
        LineName("stream_event", "agent.stream_event", isPreview: true),
        LineName("assistant", "agent.assistant"),
        LineName("user", "agent.user"),
        LineName("system", "agent.system"),
        LineName("result", "agent.result"),
        LineName("tool_progress", "agent.tool_progress", isPreview: true),
        LineName("command_lifecycle", "agent.command_lifecycle"),
        LineName("control_request", "agent.control_request"),
        LineName("control_response", "agent.control_response"),
        LineName("control_cancel_request", "agent.control_cancel_request"),
        LineName("keep_alive", "agent.keep_alive", isPreview: true),
        LineName("rate_limit_event", "agent.rate_limit_event"),
        LineName("conversation_reset", "agent.conversation_reset"),
        LineName("transcript_mirror", "agent.transcript_mirror"),
        LineName("auth_status", "agent.auth_status"),
        LineName("unknown", "agent.unknown"),
    ]

    private static let systemSubtypes: [LineName] = [
        LineName("status", "agent.system.status"),
        LineName("thinking_tokens", "agent.system.thinking_tokens", isPreview: true),
        LineName("init", "agent.system.init"),
        LineName("session_state_changed", "agent.system.session_state_changed"),
        LineName("task_started", "agent.system.task_started"),
        LineName("task_progress", "agent.system.task_progress", isPreview: true),
        LineName("task_updated", "agent.system.task_updated"),
        LineName("task_notification", "agent.system.task_notification"),
        LineName("background_tasks_changed", "agent.system.background_tasks_changed"),
        LineName("api_retry", "agent.system.api_retry"),
        LineName("model_fallback", "agent.system.model_fallback"),
        LineName("permission_denied", "agent.system.permission_denied"),
        LineName("compact_boundary", "agent.system.compact_boundary"),
        LineName("hook_started", "agent.system.hook_started"),
        LineName("hook_progress", "agent.system.hook_progress", isPreview: true),
        LineName("hook_response", "agent.system.hook_response"),
        LineName("informational", "agent.system.informational"),
        LineName("notification", "agent.system.notification"),
        LineName("session_title_changed", "agent.system.session_title_changed"),
        LineName("commands_changed", "agent.system.commands_changed"),
        LineName("local_command_output", "agent.system.local_command_output"),
    ]
}
