import NIOCore
import Testing

@testable import Agent

@Suite struct CommandLifecycleTests {
    @Test(arguments: [
        ("queued_tool.jsonl", [CommandLifecycle.State.queued, .started, .completed]),
        ("interrupt_stream.jsonl", [.queued, .started, .cancelled]),
    ])
    func `a prompt is queued, started, and completed or cancelled`(
        name: String,
        expected: [CommandLifecycle.State]
    ) throws {
        let lines = try Transcript(name).lines(type: "command_lifecycle").map { try CommandLifecycle($0) }
        let first = try #require(lines.first?.commandUUID)
        #expect(lines.filter { $0.commandUUID == first }.map(\.state) == expected)
    }

    @Test func `a state of a later version is unknown, not an error`() throws {
        let line = json(#"{"type":"command_lifecycle","command_uuid":"u","state":"parked"}"#)
        #expect(try CommandLifecycle(line).state == nil)
    }

    @Test(arguments: ["{}", #"{"type":"command_lifecycle","state":"queued"}"#])
    func `another line is none`(line: String) {
        #expect(throws: AgentError.self) { try CommandLifecycle(json(line)) }
    }
}
