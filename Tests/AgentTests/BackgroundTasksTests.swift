import NIOCore
import Testing

@testable import Agent

@Suite struct BackgroundTasksTests {
    @Test func `each line has all tasks that are alive`() throws {
        #expect(
            try Self.states("background_bash.jsonl").map { $0.map(\.id) } == [["bc7a8jrms"], [], ["bqm4k9q9v"], []]
        )
        #expect(try Self.states("subagent_background.jsonl").map(\.count) == [1, 0])
        #expect(try Self.states("subagent_background.jsonl").first?.first?.type == "local_agent")
    }

    @Test func `a task says what it is`() throws {
        let task = try #require(Self.states("background_bash.jsonl").first?.first)
        #expect(task == .init(id: "bc7a8jrms", type: "local_bash", description: "echo begin; sleep 50"))
    }

    @Test(arguments: [
        "{}", #"{"type":"system","subtype":"background_tasks_changed"}"#,
        #"{"type":"system","subtype":"background_tasks_changed","tasks":[{"task_type":"local_bash"}]}"#,
    ])
    func `a line without the whole set is none`(line: String) {
        #expect(throws: AgentError.self) { try BackgroundTasks(json(line)) }
    }

    private static func states(_ name: String) throws -> [[BackgroundTasks.Task]] {
        try Transcript(name).lines(type: "system", subtype: "background_tasks_changed").map {
            try BackgroundTasks($0).tasks
        }
    }
}
