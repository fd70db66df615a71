import Foundation
import NIOCore
import Testing

@testable import Agent

@Suite struct ControlProtocolTests {
    private static let nasty = "line\nbreak \"quote\" \\ \u{2028} \u{0} 😀"

    static let lines: [(ByteBuffer, String)] = [
        (
            ControlProtocol.initialize(requestID: "1"),
            #"{"type":"control_request","request_id":"1","request":{"subtype":"initialize","hooks":null}}"#
        ),
        (
            ControlProtocol.initialize(requestID: "1", agents: json("{\n\"a\":{}}"), forwardSubagentText: true),
            #"{"type":"control_request","request_id":"1","request":{"subtype":"initialize","hooks":null,"#
                + #""agents":{ "a":{}},"forwardSubagentText":true}}"#
        ),
        (
            ControlProtocol.interrupt(requestID: "2", cancelQueued: true),
            #"{"type":"control_request","request_id":"2","request":{"subtype":"interrupt","cancel_queued":true}}"#
        ),
        (
            ControlProtocol.setModel(requestID: "3", model: nil),
            #"{"type":"control_request","request_id":"3","request":{"subtype":"set_model","model":null}}"#
        ),
        (
            ControlProtocol.setPermissionMode(requestID: "4", mode: "plan"),
            #"{"type":"control_request","request_id":"4","request":{"subtype":"set_permission_mode","mode":"plan"}}"#
        ),
        (
            ControlProtocol.setMaxThinkingTokens(requestID: "5", tokens: 100),
            #"{"type":"control_request","request_id":"5","request":"#
                + #"{"subtype":"set_max_thinking_tokens","max_thinking_tokens":100}}"#
        ),
        (
            ControlProtocol.getContextUsage(requestID: "6"),
            #"{"type":"control_request","request_id":"6","request":"#
                + #"{"subtype":"get_context_usage","detail":"summary"}}"#
        ),
        (
            ControlProtocol.request(
                subtype: "stop_task",
                requestID: "7",
                fields: json(#"{"task_id":"t","subtype":"evil"}"#)
            ),
            #"{"type":"control_request","request_id":"7","request":{"subtype":"stop_task","task_id":"t"}}"#
        ),
        (
            ControlProtocol.cancel(requestID: "8"),
            #"{"type":"control_cancel_request","request_id":"8"}"#
        ),
        (
            ControlProtocol.allow(
                requestID: "9",
                updatedInput: json(#"{"command":"ls"}"#),
                updatedPermissions: json("[]")
            ),
            #"{"type":"control_response","response":{"subtype":"success","request_id":"9","response":"#
                + #"{"behavior":"allow","updatedInput":{"command":"ls"},"updatedPermissions":[]}}}"#
        ),
        (
            ControlProtocol.deny(requestID: "10", message: "no", interrupt: true),
            #"{"type":"control_response","response":{"subtype":"success","request_id":"10","response":"#
                + #"{"behavior":"deny","message":"no","interrupt":true}}}"#
        ),
        (
            ControlProtocol.error(requestID: "11", message: "unsupported"),
            #"{"type":"control_response","response":{"subtype":"error","request_id":"11","error":"unsupported"}}"#
        ),
        (
            ControlProtocol.hookAnswer(requestID: "12"),
            #"{"type":"control_response","response":{"subtype":"success","request_id":"12","response":{}}}"#
        ),
        (
            ControlProtocol.userMessage(uuid: "u", content: .text("hi"), clientComposed: true),
            #"{"type":"user","uuid":"u","session_id":"","parent_tool_use_id":null,"client_composed":true,"#
                + #""message":{"role":"user","content":"hi"}}"#
        ),
        (
            ControlProtocol.userMessage(
                uuid: "u",
                content: .blocks(json(#"[{"type":"text","text":"x"}]"#)),
                priority: "now"
            ),
            #"{"type":"user","uuid":"u","session_id":"","parent_tool_use_id":null,"priority":"now","#
                + #""message":{"role":"user","content":[{"type":"text","text":"x"}]}}"#
        ),
        (
            ControlProtocol.userMessage(uuid: "u", content: .blocks(json("{broken"))),
            #"{"type":"user","uuid":"u","session_id":"","parent_tool_use_id":null,"#
                + #""message":{"role":"user","content":[]}}"#
        ),
    ]

    @Test(arguments: Self.lines)
    func `a line is exactly this`(line: ByteBuffer, expected: String) {
        #expect(String(buffer: line) == expected)
    }

    static let recorded: [(String, ByteBuffer)] = [
        (
            "rewind_files.jsonl",
            ControlProtocol.rewindFiles(
                requestID: "req_2",
                userMessageID: "7e662a20-9ab4-46c9-a31c-c5a37b43d985",
                dryRun: true
            )
        ),
        (
            "rewind_files.jsonl",
            ControlProtocol.rewindFiles(requestID: "req_4", userMessageID: "3083f8ad-c867-4a8b-9167-2279162698b2")
        ),
        (
            "cancel_async_message.jsonl",
            ControlProtocol.cancelAsyncMessage(requestID: "req_2", uuid: "887d7334-55ad-4251-a5b5-b4457d793308")
        ),
        (
            "apply_flag_settings.jsonl",
            ControlProtocol.applyFlagSettings(
                requestID: "req_2",
                settings: json(
                    #"{"effortLevel":"low","crossSessionInbound":"accept","permissions":{"allow":["Bash(touch:*)"]}}"#
                )
            )
        ),
        ("background_bash.jsonl", ControlProtocol.stopTask(requestID: "req_3", taskID: "bc7a8jrms")),
        ("control_queries.jsonl", ControlProtocol.request(subtype: "mcp_status", requestID: "req_13")),
    ]

    @Test(arguments: Self.recorded)
    func `a request is one the CLI was seen to take`(name: String, line: ByteBuffer) throws {
        #expect(try Transcript.input(name).map { String(buffer: $0) }.contains(String(buffer: line)))
    }

    @Test func `settings that are no object are empty`() {
        #expect(
            String(buffer: ControlProtocol.applyFlagSettings(requestID: "1", settings: json("[\n]")))
                == #"{"type":"control_request","request_id":"1","request":{"subtype":"apply_flag_settings","settings":{}}}"#
        )
    }

    @Test func `no text can break a line`() throws {
        let text = Self.nasty
        for line in [
            ControlProtocol.userMessage(uuid: text, content: .text(text), priority: text),
            ControlProtocol.deny(requestID: text, message: text),
            ControlProtocol.error(requestID: text, message: text),
            ControlProtocol.setModel(requestID: text, model: text),
            ControlProtocol.rewindFiles(requestID: text, userMessageID: text),
            ControlProtocol.cancelAsyncMessage(requestID: text, uuid: text),
            ControlProtocol.stopTask(requestID: text, taskID: text),
            ControlProtocol.applyFlagSettings(requestID: text, settings: json("{\"a\":\n[1,\n2]\n}")),
            ControlProtocol.request(subtype: text, requestID: text, fields: json("not json")),
            ControlProtocol.allow(requestID: text, updatedInput: json("{broken\n"), updatedPermissions: json("]")),
        ] {
            #expect(LineScan(line) != nil)
            #expect(line.readableBytesView.contains(0x0A) == false)
        }
        let line = ControlProtocol.userMessage(uuid: "u", content: .text(text))
        #expect(JSONObject(line)?.object("message")?.string("content") == text)
    }

    @Test func `our own requests and answers are read back`() throws {
        let request = try ControlRequest(ControlProtocol.request(subtype: "hook_callback", requestID: "r"))
        #expect(request.requestID == "r")
        #expect(request.subtype == "hook_callback")
        #expect(request.toolUse == nil)
        let answer = try ControlResponse(ControlProtocol.answer(requestID: "r", response: json("[1]")))
        #expect(answer.outcome == .success(json("[1]")))
        let failure = try ControlResponse(ControlProtocol.error(requestID: "r", message: "m"))
        #expect(failure.outcome == .failure(message: "m", code: nil))
        #expect(throws: AgentError.self) { try ControlResponse(json("{}")) }
    }
}
