import Agent
import NIOCore
import Testing

@testable import Actors
@testable import Storage

/// Turns, prompts and what the agent asks; the rest of the session's life is in suites of its own.
@Suite(.timeLimit(.minutes(2))) struct SessionTests {
    // MARK: A turn

    @Test func `the events of a session and of a turn come in order`() async throws {
        let stage = Stage()
        var reader = LogReader(stage.session.log)
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            let receipt = try await stage.submit("hello")
            #expect(receipt.state == .delivered && receipt.position == 0)
            #expect(receipt.cursor == "1.4")
            try await child.hear(line: #""content":"hello""#)
            child.print(CLILine.start(), CLILine.delta("h"), CLILine.assistant("hi"))
            child.print(child.completed)
            try await reader.next("turn.ended")
        }
        let events = stage.session.log.everything
        #expect(
            events.map(\.type) == [
                "session.created", "session.state", "process.started", "session.state", "message.accepted",
                "message.delivered", "turn.started", "session.state", "session.updated", "agent.system.init",
                "agent.stream_event", "agent.assistant", "agent.result", "turn.ended", "session.state", "session.state",
                "process.exited",
                "session.state", "session.ended",
            ]
        )
        let states = events.filter { $0.type == "session.state" }.compactMap { $0.data?.string("state") }
        #expect(states == ["starting", "idle", "running", "idle", "stopping", "ended"])
        let turn = try #require(events.first { $0.type == "turn.started" }?.turn)
        #expect(events.filter { $0.type.hasPrefix("agent.") }.allSatisfy { $0.turn == turn })
        #expect(events.filter { $0.kind == .durable }.map(\.sequence) == Array(1...18))
        #expect(stage.session.log.head.isClosed)
    }

    @Test func `the agent's lines are passed on byte for byte`() async throws {
        let stage = Stage()
        let line = #"{"type": "assistant", "message": {"content": []}, "n": 1.50, "u": "\u00e9é"}"#
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            child.print(line)
            let event = try await reader.next("agent.assistant")
            #expect(String(buffer: event.envelope).hasSuffix(#""data":\#(line)}"#))
        }
    }

    @Test func `a turn's end says what it cost, and the session adds it up`() async throws {
        let stage = Stage(ScriptedChild.Habits(answersPrompts: true))
        try await Stage.play(stage) { stage in
            var reader = LogReader(stage.session.log)
            for text in ["one", "two"] { _ = try await stage.submit(text) }
            let first = try await reader.data("turn.ended")
            #expect(first.string("outcome") == "completed")
            #expect(first.string("result") == "ok")
            #expect(first.double("cost_usd") == 0.25)
            #expect(first.object("usage")?.int("input_tokens") == 10)
            try await reader.next("turn.ended")
            let summary = await stage.session.summary()
            #expect(summary.usage.turns == 2)
            #expect(summary.usage.costUsd == 0.5)
            #expect(summary.usage.tokens.outputTokens == 10)
            #expect(summary.model == "opus")
            #expect(summary.permissionMode == "plan")
            #expect(summary.claudeSessionIds.last == "c-1")
        }
    }

    @Test(
        arguments: [
            #""model_usage_since_last_result":{"m":{"inputTokens":9223372036854775000,"costUSD":1e999}}"#,
            #""model_usage_since_last_result":{"m":{"inputTokens":-5,"costUSD":-1e999}}"#,
            #""usage":{"input_tokens":9e18,"output_tokens":9223372036854775807}"#,
        ]
    )
    func `figures beyond belief neither trap nor spoil the session`(figures: String) async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            for _ in 0..<3 {
                _ = try await stage.submit("x")
                child.print(#"{"type":"result","is_error":false,\#(figures)}"#)
                #expect(try await reader.data("turn.ended").string("outcome") == "completed")
            }
            let summary = EventData.encode(await stage.session.summary())
            #expect(JSONObject(summary)?.string("id") == "s_test")
        }
    }

    @Test func `prompts queue behind the running one and go one at a time`() async throws {
        let stage = Stage { $0.maximumQueuedPrompts = 1 }
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            _ = try await stage.submit("one")
            let second = try await stage.submit("two")
            #expect(second.state == .queued && second.position == 1)
            #expect(try await reader.data("message.queued").string("message_id") == second.messageID)
            await #expect(throws: SessionError(.queueFull, "1 messages wait already.", retryAfter: .seconds(5))) {
                try await stage.submit("three")
            }
            child.answer()
            try await child.hear(line: #""content":"two""#)
            child.answer()
            try await reader.next("turn.ended")
            #expect(try await reader.data("turn.ended").string("message_id") == second.messageID)
        }
    }

    @Test func `a waiting prompt is taken back once`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            _ = try await stage.ready()
            let first = try await stage.submit("one")
            let second = try await stage.submit("two")
            try await stage.session.cancelMessage(second.messageID)
            for id in [first.messageID, second.messageID, "m_none"] {
                await #expect(throws: SessionError.self) { try await stage.session.cancelMessage(id) }
            }
            var reader = LogReader(stage.session.log)
            #expect(try await reader.data("message.cancelled").string("message_id") == second.messageID)
        }
    }

    @Test func `a waiting prompt that was edited is shown, and sent, as it is now`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            _ = try await stage.submit("one")
            let second = try await stage.submit("two").messageID
            let third = try await stage.submit("three").messageID
            let content = ByteBuffer(string: "\"new\"")
            let edited = try await stage.session.editMessage(third, content: content, position: 1)
            #expect(JSONObject(edited)?.int("position") == 1 && JSONObject(edited)?.string("content") == "new")
            let view = JSONObject(try await stage.session.messageView(third))
            #expect(view?.string("content") == "new" && view?.int("position") == 1)
            #expect(JSONObject(try await stage.session.messageView(second))?.int("position") == 2)
            child.answer()
            try await child.hear(line: #""content":"new""#)
            let error = await #expect(throws: SessionError.self) {
                try await stage.session.editMessage(third, content: content, position: nil)
            }
            #expect(error?.code == .messageDelivered)
        }
    }

    @Test func `without a store nothing piles up to be stored`() async throws {
        let stage = Stage(ScriptedChild.Habits(answersPrompts: true))
        try await Stage.play(stage) { stage in
            var reader = LogReader(stage.session.log)
            for _ in 0..<5 {
                _ = try await stage.submit("x")
                try await reader.next("turn.ended")
            }
            var book = await stage.session.book
            #expect(book.takeChanges().isEmpty)
        }
    }

    @Test func `content blocks reach the agent as they are`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            let blocks = #"[{"type":"text","text":"a"}]"#
            _ = try await stage.session.submit(content: ByteBuffer(string: blocks))
            try await child.hear(line: #""content":\#(blocks)"#)
        }
    }

    // MARK: What the agent asks

    @Test func `a permission request waits for a person, and the answer goes to the agent`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            child.print(CLILine.request("r1", #"{"subtype":"can_use_tool","tool_name":"Bash","input":{}}"#))
            let asked = try await reader.data("approval.requested")
            #expect(asked.string("state") == "pending" && asked.string("tool") == "Bash")
            let id = try #require(asked.string("id"))
            #expect(await stage.session.summary().state == .requiresAction)
            #expect(await stage.session.summary().waitingOn == .person)
            let approval = try await stage.session.answer(id, ApprovalAnswer(.allow, by: "ann"))
            #expect(approval.state == .answered)
            #expect(try await child.hear(line: "r1").contains(#""behavior":"allow""#))
            #expect(try await reader.data("approval.resolved").string("by") == "ann")
            let error = await #expect(throws: SessionError.self) {
                try await stage.session.answer(id, ApprovalAnswer(.deny, by: "bob"))
            }
            #expect(error?.code == .approvalAnswered)
        }
    }

    @Test func `a permission nobody answers is denied at its deadline, and the next one still works`() async throws {
        let stage = Stage { $0.approvalTimeout = .seconds(60) }
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            child.print(CLILine.request("r1", #"{"subtype":"can_use_tool","tool_name":"Bash","input":{}}"#))
            _ = try await reader.next("approval.requested")
            stage.time.advance(by: .seconds(60))
            await stage.session.deadlineReached()
            #expect(try await child.hear(line: "r1").contains(#""behavior":"deny""#))
            #expect(try await reader.data("approval.expired").string("by") == "deadline")
            child.print(CLILine.request("r2", #"{"subtype":"can_use_tool","tool_name":"Bash","input":{}}"#))
            let id = try #require(try await reader.data("approval.requested").string("id"))
            _ = try await stage.session.answer(id, ApprovalAnswer(.allow, by: "ann"))
            #expect(try await child.hear(line: "r2").contains(#""behavior":"allow""#))
        }
    }

    @Test func `a permission the agent no longer needs is withdrawn`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            child.print(CLILine.request("r1", #"{"subtype":"can_use_tool","tool_name":"Bash","input":{}}"#))
            let id = try #require(try await reader.data("approval.requested").string("id"))
            child.print(#"{"type":"control_cancel_request","request_id":"r1"}"#)
            #expect(try await reader.data("approval.withdrawn").string("id") == id)
            let error = await #expect(throws: SessionError.self) {
                try await stage.session.answer(id, ApprovalAnswer(.allow, by: "ann"))
            }
            #expect(error?.code == .approvalGone)
        }
    }

    @Test(
        arguments: [
            #"{"subtype":"elicitation"}"#, #"{"subtype":"of a later version"}"#, "{}", #"{"subtype":"can_use_tool"}"#,
            #"{"subtype":7}"#, "null", "[]",
        ]
    )
    func `a request that is unknown or unreadable is answered with an error`(request: String) async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            child.print(CLILine.request("r1", request))
            #expect(try await child.hear(line: "r1").contains(#""subtype":"error""#))
        }
    }

    @Test func `only the answer to initialize makes a process ready`() async throws {
        let stage = Stage(ScriptedChild.Habits(answersInitialize: false))
        try await Stage.play(stage) { stage in
            let child = try await stage.runner.next()
            let request = try await child.hear(line: "initialize")
            let id = try #require(JSONObject(ByteBuffer(string: request))?.string("request_id"))
            _ = try await stage.submit("early")
            child.print(CLILine.success("other"), #"{"type":"control_response"}"#, CLILine.state("idle"))
            var reader = LogReader(stage.session.log)
            try await reader.next("agent.system.session_state_changed")
            #expect(await stage.session.summary().state == .starting)
            child.print(CLILine.success(id))
            try await child.hear(line: "early")
            // A second answer is no news.
            child.print(CLILine.success(id))
        }
    }

    // MARK: Results that cannot be read

    @Test func `an unreadable result still ends the turn`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            _ = try await stage.submit("x")
            child.print(CLILine.start(), #"{"type":"result","is_error":"maybe"}"#)
            var reader = LogReader(stage.session.log)
            let end = try await reader.data("turn.ended")
            #expect(end.string("outcome") == "failed")
            #expect(end.string("result") == "The agent's result could not be read.")
        }
    }

    @Test(arguments: [true, false])
    func `a result that was spilled or broken ends the turn when the agent is idle`(isSpilled: Bool) async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            _ = try await stage.submit("x")
            child.print(CLILine.start())
            if isSpilled {
                child.print([.spilled(path: "/tmp/x", bytes: 32 << 20, prefix: ByteBuffer(string: "{\"type\":\"res"))])
            } else {
                child.print(#"{"type":"result","is_error":fal"#)
            }
            child.print(CLILine.state("idle"))
            try await reader.next(isSpilled ? "agent.spilled" : "agent.invalid")
            try await reader.next("turn.ended")
            #expect(await stage.session.summary().state == .idle)
        }
    }

    @Test func `a long line that was not the result changes nothing`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            _ = try await stage.submit("x")
            child.print([.spilled(path: "/tmp/x", bytes: 32 << 20, prefix: ByteBuffer(string: "{"))])
            child.print(child.completed, CLILine.state("idle"))
            try await reader.next("turn.ended")
            _ = try await stage.submit("y")
            // A state change in the next turn is no end.
            child.print(CLILine.state("idle"), CLILine.assistant("still here"))
            try await reader.next("agent.assistant")
            #expect(await stage.session.summary().state == .running)
        }
    }

    @Test func `a long line of a process that died does not end a turn of the next`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            _ = try await stage.submit("x")
            child.print([.spilled(path: "/tmp/x", bytes: 32 << 20, prefix: ByteBuffer(string: "{"))])
            child.exit(AgentExit(signal: 9))
            #expect(try await reader.data("turn.ended").string("outcome") == "killed")
            stage.time.advance(by: .seconds(1))
            await stage.session.deadlineReached()
            let next = try await stage.runner.next()
            _ = try await stage.submit("y")
            try await next.hear(line: "\"y\"")
            next.print(CLILine.state("idle"), CLILine.assistant("working"))
            try await reader.next("agent.assistant")
            #expect(await stage.session.summary().state == .running)
        }
    }

    // MARK: A child that does not read

    @Test(arguments: [AgentSendOutcome.full, .closed])
    func `a prompt the child refuses waits, and is delivered when it reads`(outcome: AgentSendOutcome) async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            child.refuse(outcome)
            let start = stage.session.log.head.position
            let receipt = try await stage.submit("x")
            #expect(receipt.state == .queued && receipt.position == 1)
            for _ in 0..<5 {
                stage.time.advance(by: .seconds(1))
                await stage.session.deadlineReached()
            }
            #expect(await stage.session.summary().queueLength == 1)
            child.refuse(.queued)
            stage.time.advance(by: .seconds(1))
            await stage.session.deadlineReached()
            try await child.hear(line: "\"x\"")
            child.answer()
            var reader = LogReader(stage.session.log, after: start)
            let types = try await reader.types(through: "turn.ended").filter { !$0.hasPrefix("agent.") }
            let stalled = outcome == .full ? ["process.stalled"] : []
            #expect(
                types == ["message.accepted"] + stalled
                    + [
                        "message.queued", "message.delivered", "turn.started", "session.state", "session.updated",
                        "turn.ended",
                    ]
            )
        }
    }
}
