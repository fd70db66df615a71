import NIOCore
import Testing

@testable import Agent

@Suite struct ControlCancelTests {
    @Test(arguments: ["permission_pending_interrupt.jsonl", "hook_timeout.jsonl"])
    func `it names a question that was asked`(name: String) throws {
        let transcript = try Transcript(name)
        let asked = try transcript.lines(type: "control_request").map { try ControlRequest($0).requestID }
        let cancelled = try transcript.lines(type: "control_cancel_request").map { try ControlCancel($0).requestID }
        #expect(cancelled.count == 1)
        #expect(Set(cancelled).isSubset(of: asked))
    }

    @Test(arguments: ["{}", #"{"type":"control_cancel_request"}"#])
    func `another line is none`(line: String) {
        #expect(throws: AgentError.self) { try ControlCancel(json(line)) }
    }
}
