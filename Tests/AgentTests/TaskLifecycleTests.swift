import NIOCore
import Testing

@testable import Agent

@Suite struct TaskLifecycleTests {
    @Test func `a shell in the background starts and ends`() throws {
        let tasks = try Self.tasks("background_bash.jsonl")
        #expect(tasks.map(\.taskID) == ["bc7a8jrms", "bc7a8jrms", "bqm4k9q9v", "bqm4k9q9v"])
        let first = try #require(tasks.first)
        #expect(first.toolUseID == "toolu_stub4017d6b02f9f45")
        #expect(
            first.change == .started(type: "local_bash", isBackgrounded: true, description: "echo begin; sleep 50")
        )
        #expect(tasks[1].change == .ended(status: "stopped", summary: "echo begin; sleep 50"))
        #expect(
            tasks[3].change
                == .ended(
                    status: "completed",
                    summary: #"Background command "sleep 1; echo finished" completed (exit code 0)"#
                )
        )
    }

    @Test func `a sub-agent the turn waits for is not in the background`() throws {
        let tasks = try Self.tasks("custom_agent.jsonl")
        #expect(
            tasks.map(\.change) == [
                .started(type: "local_agent", isBackgrounded: false, description: "poem"),
                .ended(status: "completed", summary: "roses"),
            ]
        )
    }

    @Test(arguments: [
        "{}", #"{"type":"system","subtype":"task_started"}"#,
        #"{"type":"system","subtype":"task_updated","task_id":"t"}"#,
        #"{"type":"system","subtype":"task_notification","task_id":"t"}"#,
    ])
    func `another line is none`(line: String) {
        #expect(throws: AgentError.self) { try TaskLifecycle(json(line)) }
    }

    private static func tasks(_ name: String) throws -> [TaskLifecycle] {
        try Transcript(name).lines(type: "system").filter { line in
            let subtype = JSONObject(line)?.string("subtype")
            return subtype == "task_started" || subtype == "task_notification"
        }.map { try TaskLifecycle($0) }
    }
}
