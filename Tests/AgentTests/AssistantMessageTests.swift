import NIOCore
import Testing

@testable import Agent

@Suite struct AssistantMessageTests {
    @Test func `tool calls have an id and a name`() throws {
        let message = try #require(Self.messages("apply_flag_settings.jsonl").first { !$0.toolUses.isEmpty })
        #expect(message.toolUses == [.init(id: "toolu_stub9f1ed4bc4cae4f", name: "Bash")])
        #expect(message.uuid == "c2b12029-94b5-4d43-a8ff-07deed562972")
        #expect(message.messageID == "msg_stub9450dff5d6d64ddf")
        #expect(message.error == nil && !message.isAPIErrorMessage && !message.isAborted && !message.isFromSubagent)
    }

    @Test func `an error of the API is told apart`() throws {
        let messages = try Self.messages("api_error_429.jsonl")
        let error = try #require(messages.first { $0.isAPIErrorMessage })
        #expect(error.error == "rate_limit")
        #expect(error.apiErrorStatus == 429)
        #expect(error.toolUses.isEmpty)
        #expect(messages.contains { !$0.isAPIErrorMessage && $0.error == nil })
    }

    @Test func `the words of a sub-agent are told apart`() throws {
        let messages = try Self.messages("subagent.jsonl")
        let inner = messages.filter(\.isFromSubagent)
        #expect(inner.isEmpty == false && inner.count < messages.count)
        let calls = messages.filter { !$0.isFromSubagent }.flatMap(\.toolUses)
        #expect(
            inner.allSatisfy { message in calls.contains { $0.id == message.parentToolUseID && $0.name == "Agent" } }
        )
    }

    @Test func `a message that was cut off says so`() throws {
        #expect(try Self.messages("interrupt_twice.jsonl").contains { $0.isAborted })
    }

    @Test(arguments: ["{}", #"{"type":"assistant"}"#, #"{"type":"user","message":{}}"#])
    func `another line is none`(line: String) {
        #expect(throws: AgentError.self) { try AssistantMessage(json(line)) }
    }

    private static func messages(_ name: String) throws -> [AssistantMessage] {
        try Transcript(name).lines(type: "assistant").map { try AssistantMessage($0) }
    }
}
