package import NIOCore

/// `system/background_tasks_changed`: all the work that goes on beside the turns; it replaces what was said before.
package struct BackgroundTasks: Sendable, Equatable {
    package struct Task: Sendable, Equatable {
        package var id: String
        /// Such as `local_bash`, `local_agent`.
        package var type: String?
        /// The command or the agent's job, for people.
        package var description: String?
    }

    package var tasks: [Task]

    /// Reads a `background_tasks_changed` line; throws `malformed_message` if it is none, or a task has no id.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), object.string("type") == "system",
            object.string("subtype") == "background_tasks_changed", let tasks = object.array("tasks")
        else { throw AgentError(.malformedMessage, "not a change of background tasks") }
        self.tasks = []
        for task in tasks {
            guard let task = JSONObject(task), let id = task.string("task_id") else {
                throw AgentError(.malformedMessage, "a background task without task_id")
            }
            self.tasks.append(Task(id: id, type: task.string("task_type"), description: task.string("description")))
        }
    }
}
