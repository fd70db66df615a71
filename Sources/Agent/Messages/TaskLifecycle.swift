package import NIOCore

/// `system/task_started` or `system/task_notification`: a sub-agent or a shell began, or came to its end.
package struct TaskLifecycle: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        /// `type` is `local_bash`, `local_agent`, …; a task in the background outlives its turn.
        case started(type: String?, isBackgrounded: Bool, description: String?)
        /// `status` is `completed`, `stopped` or `failed`; the summary may be the report of a sub-agent.
        case ended(status: String, summary: String?)
    }

    package var taskID: String
    /// The tool call that made the task.
    package var toolUseID: String?
    package var change: Change

    /// Reads a line of either kind; throws `malformed_message` if it is none.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), object.string("type") == "system", let taskID = object.string("task_id")
        else { throw AgentError(.malformedMessage, "not about a task") }
        self.taskID = taskID
        self.toolUseID = object.string("tool_use_id")
        switch (object.string("subtype"), object.string("status")) {
        case ("task_started", _):
            self.change = .started(
                type: object.string("task_type"),
                isBackgrounded: object.bool("is_backgrounded") ?? false,
                description: object.string("description")
            )
        case ("task_notification", let status?):
            self.change = .ended(status: status, summary: object.string("summary"))
        default:
            throw AgentError(.malformedMessage, "neither a task's start nor its end")
        }
    }
}
