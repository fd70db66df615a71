import NIOCore
import Testing

@testable import Agent

@Suite struct MessageTests {
    @Test func `every recorded line that the server decodes can be decoded`() throws {
        for name in try Transcript.names {
            let transcript = try Transcript(name)
            for line in transcript.lines(type: "result") { _ = try ResultMessage(line) }
            for line in transcript.lines(type: "system", subtype: "init") {
                let message = try InitMessage(line)
                #expect(message.version == "2.1.329")
                #expect(message.model != nil && message.permissionMode != nil && message.cwd != nil)
            }
            for line in transcript.lines(type: "stream_event") { _ = try StreamDelta(line) }
            for line in transcript.lines(type: "control_request") {
                let request = try ControlRequest(line)
                #expect((request.toolUse != nil) == (request.subtype == "can_use_tool"))
            }
            for line in transcript.lines(type: "control_response") {
                #expect(try ControlResponse(line).requestID.isEmpty == false)
            }
            for line in transcript.lines(type: "assistant") {
                let message = try AssistantMessage(line)
                #expect(message.uuid != nil && message.messageID != nil)
                #expect((message.error != nil) == message.isAPIErrorMessage)
            }
            for line in transcript.lines(type: "command_lifecycle") {
                let lifecycle = try CommandLifecycle(line)
                #expect(lifecycle.state != nil && lifecycle.commandUUID.isEmpty == false)
            }
            for line in transcript.lines(type: "control_cancel_request") { _ = try ControlCancel(line) }
            for line in transcript.lines(type: "system", subtype: "api_retry") { _ = try ApiRetry(line) }
            for line in transcript.lines(type: "system", subtype: "task_started") { _ = try TaskLifecycle(line) }
            for line in transcript.lines(type: "system", subtype: "task_notification") { _ = try TaskLifecycle(line) }
            for line in transcript.lines(type: "system", subtype: "background_tasks_changed") {
                _ = try BackgroundTasks(line)
            }
        }
    }

    @Test func `an interrupted turn shows no diagnostics`() throws {
        let results = try Self.results("interrupt_stream.jsonl")
        let result = try #require(results.first)
        #expect(result.isError)
        #expect(result.subtype == "error_during_execution")
        #expect(result.terminalReason == "aborted_streaming")
        #expect(result.errors.count == 1)
        #expect(result.visibleErrors.isEmpty)
        #expect(result.userMessageUUIDs == ["8de88eaf-9e70-4c37-af1d-6374479c39d3"])
        // `usage` is all zeros after an interrupt; what counts is the usage since the last result.
        #expect(result.inputTokens == 1232)
        #expect(result.outputTokens == 10)
        #expect(result.costUSD == 0.005128)
        let next = try #require(results.last)
        #expect(next.isError == false)
        #expect(next.result == "after")
        #expect(next.costUSD == 0.004964)
        #expect(next.totalCostUSD == 0.010092)
    }

    @Test func `an API error is a success that failed`() throws {
        let result = try #require(Self.results("api_error_429.jsonl").first)
        #expect(result.isError)
        #expect(result.subtype == "success")
        #expect(result.terminalReason == "api_error")
        #expect(result.apiErrorStatus == 429)
        #expect(try #require(result.result).contains("API Error"))
    }

    @Test func `limits say which`() throws {
        let turns = try #require(Self.results("max_turns.jsonl").first { $0.isError })
        #expect(turns.subtype == "error_max_turns")
        #expect(turns.terminalReason == "max_turns")
        #expect(turns.visibleErrors == ["Reached maximum number of turns (2)"])
        let budget = try Self.results("max_budget.jsonl")
        #expect(budget.map(\.terminalReason) == ["budget_exhausted", "budget_exhausted"])
        // An empty map is a turn that cost nothing, not one whose cost is unknown.
        #expect(budget.map(\.costUSD) == [0.004948, 0])
    }

    @Test func `a turn nobody asked for has an origin`() throws {
        #expect(try Self.results("background_bash.jsonl").contains { $0.originKind == "task-notification" })
        #expect(try Self.results("peers.2.jsonl").contains { $0.originKind == "peer" })
    }

    @Test func `abandoned blocks are named`() throws {
        let deltas = try Transcript("interrupt_stream.jsonl").lines(type: "stream_event").map { try StreamDelta($0) }
        let abandoned = deltas.filter { if case .abandoned = $0.change { true } else { false } }
        #expect(abandoned.map(\.change) == [.abandoned(fromIndex: 1)])
        #expect(abandoned.map(\.messageID) == ["msg_stubde235fba5cf5469b"])
    }

    @Test func `deltas make up the text of the message`() throws {
        let transcript = try Transcript("partial_messages.jsonl")
        var texts: [String: [Int: String]] = [:]
        for delta in try transcript.lines(type: "stream_event").map({ try StreamDelta($0) }) {
            if case .text(let index, let text) = delta.change {
                texts[try #require(delta.messageID), default: [:]][index, default: ""] += text
            }
        }
        #expect(texts.isEmpty == false)
        for (id, blocks) in texts {
            let whole = transcript.lines(type: "assistant").compactMap { JSONObject($0)?.object("message") }
                .filter { $0.string("id") == id }.flatMap { $0.array("content") ?? [] }
                .compactMap { JSONObject($0)?.string("text") }
            #expect(blocks.sorted { $0.key < $1.key }.map(\.value) == whole)
        }
    }

    @Test func `a permission request keeps its input byte for byte`() throws {
        let line = try #require(
            Transcript("ask_user_question.jsonl").lines(type: "control_request").first
        )
        let request = try ControlRequest(line)
        let use = try #require(request.toolUse)
        #expect(use.toolName == "AskUserQuestion")
        #expect(use.requiresUserInteraction)
        #expect(use.toolUseID != nil)
        #expect(String(buffer: line).contains("\"input\":" + String(buffer: use.input) + ","))
        #expect(JSONObject(use.input)?.array("questions")?.count == 2)
        let bash = try Transcript("permission_allow_always.jsonl").lines(type: "control_request")
            .map { try ControlRequest($0) }
        #expect(bash.contains { $0.toolUse?.suggestions != nil })
    }

    @Test func `the answer to initialize is read`() throws {
        let line = try #require(Transcript("one_turn_sdk.jsonl").lines(type: "control_response").first)
        let response = try ControlResponse(line)
        #expect(response.requestID == "req_1")
        guard case .success(let payload?) = response.outcome else {
            Issue.record("no payload")
            return
        }
        let answer = try InitializeResponse(payload)
        #expect(answer.version == "2.1.329")
        #expect(try #require(answer.pid) > 0)
        #expect(answer.permissionMode != nil)
        #expect(answer.capabilities.isEmpty == false)
        #expect(JSONObject.elements(try #require(answer.models))?.isEmpty == false)
        #expect(JSONObject.elements(try #require(answer.commands))?.isEmpty == false)
    }

    @Test func `a refused request has a code`() throws {
        let failures = try Transcript("control_queries.jsonl").lines(type: "control_response")
            .compactMap { line -> String? in
                guard case .failure(_, let code) = try ControlResponse(line).outcome else { return nil }
                return code
            }
        #expect(failures.contains("unsupported_request"))
    }

    @Test func `usage is told by model`() throws {
        let result = try #require(Self.results("custom_agent.jsonl").first)
        #expect(result.models.map(\.model) == ["claude-haiku-5-5", "claude-opus-5-5"])
        #expect(result.models.map(\.inputTokens) == [138, 2504])
        #expect(result.models.map(\.outputTokens) == [1, 21])
        #expect(result.models.map(\.costUSD) == [0.0000143, 0.010436])
        #expect(result.inputTokens == 2642)
        let line = json(
            #"{"type":"result","is_error":false,"model_usage_since_last_result":{"m":{"inputTokens":1,"outputTokens":2,"#
                + #""cacheReadInputTokens":3,"cacheCreationInputTokens":4,"costUSD":5},"n":7}}"#
        )
        let model = try #require(ResultMessage(line).models.first)
        #expect(
            [model.inputTokens, model.outputTokens, model.cacheReadTokens, model.cacheCreationTokens] == [1, 2, 3, 4]
        )
        #expect(try ResultMessage(json(#"{"type":"result","is_error":false}"#)).models == [])
    }

    private static func results(_ name: String) throws -> [ResultMessage] {
        try Transcript(name).lines(type: "result").map { try ResultMessage($0) }
    }
}
