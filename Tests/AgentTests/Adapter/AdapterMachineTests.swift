import Agent
import NIOCore
import Testing

/// What is written for a host and what is run, as transcripts.
struct AdapterMachineTests {
    private typealias Codex = AdapterMachine<CodexEvents>
    private typealias Gemini = AdapterMachine<GeminiEvents>
    private static let start = ContinuousClock.now

    private static func prompt(_ uuid: String, _ content: String = #""hi""#, more: String = "") -> ByteBuffer {
        ByteBuffer(
            string: #"{"type":"user","uuid":"\#(uuid)"\#(more),"message":{"role":"user","content":\#(content)}}"#
        )
    }

    private static func request(_ fields: String, id: String = "r1") -> ByteBuffer {
        ByteBuffer(string: #"{"type":"control_request","request_id":"\#(id)","request":{\#(fields)}}"#)
    }

    /// What the host reads, without the previews.
    private static func lines<Events>(_ actions: [AdapterMachine<Events>.Action]) -> [JSONObject] {
        actions.compactMap { action in
            guard case .write(let line) = action else { return nil }
            return JSONObject(line)
        }
        .filter { $0.string("type") != "stream_event" }
    }

    private static func types<Events>(_ actions: [AdapterMachine<Events>.Action]) -> [String] {
        self.lines(actions).map { [$0.string("type"), $0.string("state")].compactMap(\.self).joined(separator: " ") }
    }

    private static func runs<Events>(_ actions: [AdapterMachine<Events>.Action]) -> [[String]] {
        actions.compactMap { action in
            guard case .run(let arguments, let input) = action else { return nil }
            return arguments + ["<", input]
        }
    }

    private static func say<Events>(
        _ machine: inout AdapterMachine<Events>,
        _ lines: String...
    ) -> [AdapterMachine<Events>.Action] {
        lines.flatMap { machine.programSaid(ByteBuffer(string: $0)) }
    }

    @Test func `a prompt of Codex is a turn of the CLI`() throws {
        var machine = Codex(
            name: "codex",
            flags: ["--session-id=s1", "--model=gpt-5", "--permission-mode=default"],
            arguments: ["--ask-for-approval", "never", "--sandbox", "read-only", "--json"],
            directory: "/w"
        )
        let begun = machine.hostSaid(Self.prompt("p1"), now: Self.start)
        #expect(Self.types(begun) == ["command_lifecycle queued", "command_lifecycle started"])
        #expect(
            Self.runs(begun) == [
                [
                    "-c", "approval_policy=\"never\"", "exec", "--model", "gpt-5", "--sandbox", "read-only",
                    "--skip-git-repo-check", "--json", "-", "<", "hi",
                ]
            ]
        )
        let said = Self.say(
            &machine,
            #"{"type":"thread.started","thread_id":"th1"}"#,
            #"{"type":"turn.started"}"#,
            "not JSON",
            #"{"type":"item.completed","item":{"id":"i0","type":"reasoning","text":"Hm."}}"#,
            #"{"type":"item.started","item":{"id":"i1","type":"command_execution","command":"ls","aggregated_output":"","#
                + #""status":"in_progress"}}"#,
            #"{"type":"item.completed","item":{"id":"i1","type":"command_execution","command":"ls","#
                + #""aggregated_output":"a\n","exit_code":0,"status":"completed"}}"#,
            #"{"type":"item.updated","item":{"id":"i2","type":"agent_message","text":"Hel"}}"#,
            #"{"type":"item.completed","item":{"id":"i2","type":"agent_message","text":"Hello"}}"#,
            #"{"type":"turn.completed","usage":{"input_tokens":10,"cached_input_tokens":4,"output_tokens":3}}"#
        )
        let lines = Self.lines(said)
        #expect(lines.map { $0.string("type") } == ["system", "assistant", "assistant", "user", "assistant"])
        #expect(lines[0].string("session_id") == "th1" && lines[0].string("cwd") == "/w")
        let blocks = lines.compactMap { $0.object("message")?.array("content")?.first.map { String(buffer: $0) } }
        #expect(
            blocks == [
                #"{"type":"thinking","thinking":"Hm."}"#,
                #"{"type":"tool_use","id":"i1","name":"Bash","input":{"command":"ls"}}"#,
                #"{"tool_use_id":"i1","type":"tool_result","content":"a\n","is_error":false}"#,
                #"{"type":"text","text":"Hello"}"#,
            ]
        )
        let deltas = said.compactMap { action -> StreamDelta.Change? in
            guard case .write(let line) = action else { return nil }
            return (try? StreamDelta(line))?.change
        }
        #expect(deltas.contains(.text(index: 0, "Hel")) && deltas.contains(.text(index: 0, "lo")))
        let ended = machine.programEnded(code: 0, errors: "", now: Self.start + .milliseconds(7))
        #expect(Self.types(ended) == ["result", "command_lifecycle completed"])
        let result = try ResultMessage(try #require(Self.lines(ended).first).bytes)
        #expect(!result.isError && result.result == "Hello" && result.userMessageUUIDs == ["p1"])
        #expect(result.inputTokens == 6 && result.cacheReadTokens == 4 && result.outputTokens == 3)
        #expect(result.durationMS == 7 && result.terminalReason == "completed" && result.sessionID == "th1")
        // The next goes on where this has left.
        let next = machine.hostSaid(Self.prompt("p2"), now: Self.start)
        #expect(Self.runs(next).first?.suffix(6) == ["--json", "resume", "th1", "-", "<", "hi"])
    }

    @Test func `a prompt of Gemini is a turn of the CLI`() throws {
        var machine = Gemini(
            name: "gemini",
            flags: ["--session-id=s1"],
            arguments: ["--approval-mode", "auto_edit"],
            directory: "/w"
        )
        let begun = machine.hostSaid(Self.prompt("p1"), now: Self.start)
        #expect(
            Self.runs(begun) == [["--approval-mode", "auto_edit", "--output-format", "stream-json", "<", "hi"]]
        )
        let said = Self.say(
            &machine,
            #"{"type":"init","session_id":"g1","model":"gemini-2.5-pro"}"#,
            #"{"type":"message","role":"user","content":"hi"}"#,
            #"{"type":"message","role":"assistant","content":"Let ","delta":true}"#,
            #"{"type":"message","role":"assistant","content":"me","delta":true}"#,
            #"{"type":"tool_use","tool_name":"ls","tool_id":"t1","parameters":{"p":1}}"#,
            #"{"type":"tool_result","tool_id":"t1","status":"error","error":{"type":"x","message":"no"}}"#,
            #"{"type":"error","severity":"warning","message":"careful"}"#,
            #"{"type":"message","role":"assistant","content":"Done.","delta":true}"#,
            #"{"type":"result","status":"success","stats":{"input_tokens":9,"cached":2,"input":7,"output_tokens":4}}"#
        )
        let lines = Self.lines(said)
        #expect(lines.map { $0.string("type") } == ["system", "assistant", "assistant", "user"])
        #expect(lines[0].string("model") == "gemini-2.5-pro")
        let blocks = lines.compactMap { $0.object("message")?.array("content")?.first.map { String(buffer: $0) } }
        #expect(
            blocks == [
                #"{"type":"text","text":"Let me"}"#,
                #"{"type":"tool_use","id":"t1","name":"ls","input":{"p":1}}"#,
                #"{"tool_use_id":"t1","type":"tool_result","content":"no","is_error":true}"#,
            ]
        )
        let ended = machine.programEnded(code: 0, errors: "", now: Self.start)
        #expect(Self.types(ended) == ["assistant", "result", "command_lifecycle completed"])
        let result = try ResultMessage(try #require(Self.lines(ended).dropFirst().first).bytes)
        #expect(result.result == "Done." && result.inputTokens == 7 && result.cacheReadTokens == 2)
    }

    @Test(arguments: [
        (#"{"type":"turn.failed","error":{"message":"quota"}}"#, 1, "x", "quota"),
        ("", 2, "first\n  last line\n", "codex ended with exit code 2: last line"),
        ("", 137, "", "codex was ended by signal 9"),
    ])
    func `a failure says why`(line: String, code: Int32, errors: String, reason: String) throws {
        var machine = Codex(name: "codex", flags: ["--session-id=s1"], arguments: [], directory: "/w")
        _ = machine.hostSaid(Self.prompt("p1"), now: Self.start)
        _ = Self.say(&machine, line)
        let ended = machine.programEnded(code: code, errors: errors, now: Self.start)
        let result = try ResultMessage(try #require(Self.lines(ended).first).bytes)
        #expect(result.isError && result.visibleErrors == [reason] && result.sessionID == "s1")
    }

    @Test func `an interrupt stops the program, and what waits is told`() throws {
        var machine = Codex(name: "codex", flags: ["--session-id=s1"], arguments: [], directory: "/w")
        _ = machine.hostSaid(Self.prompt("p1"), now: Self.start)
        #expect(Self.types(machine.hostSaid(Self.prompt("p2"), now: Self.start)) == ["command_lifecycle queued"])
        let stopped = machine.hostSaid(Self.request(#""subtype":"interrupt""#), now: Self.start)
        #expect(stopped.last == .stop)
        let answer = Self.lines(stopped).first?.object("response")?.object("response")
        #expect(answer?.strings("still_queued") == ["p2"])
        let ended = machine.programEnded(code: 130, errors: "", now: Self.start)
        let result = try ResultMessage(try #require(Self.lines(ended).first).bytes)
        #expect(result.terminalReason == "aborted_streaming" && result.isError && result.visibleErrors.isEmpty)
        #expect(Self.runs(ended).count == 1)
        let all = machine.hostSaid(Self.request(#""subtype":"interrupt","cancel_queued":true"#), now: Self.start)
        #expect(all.last == .stop && machine.isRunning)
    }

    @Test func `a waiting prompt can be taken back`() {
        var machine = Codex(name: "codex", flags: ["--session-id=s1"], arguments: [], directory: "/w")
        _ = machine.hostSaid(Self.prompt("p1"), now: Self.start)
        _ = machine.hostSaid(Self.prompt("p2"), now: Self.start)
        let ask = Self.request(#""subtype":"cancel_async_message","message_uuid":"p2""#)
        let answer = machine.hostSaid(ask, now: Self.start)
        #expect(Self.types(answer) == ["command_lifecycle cancelled", "control_response"])
        #expect(Self.runs(machine.programEnded(code: 0, errors: "", now: Self.start)).isEmpty)
    }

    @Test func `a conversation that the program does not know is begun anew, once`() throws {
        var machine = Codex(name: "codex", flags: ["--resume=s1"], arguments: [], directory: "/w")
        let first = machine.hostSaid(Self.prompt("p1"), now: Self.start)
        #expect(Self.runs(first).first?.contains("resume") == true)
        let again = machine.programEnded(code: 1, errors: "no such session", now: Self.start)
        #expect(Self.runs(again).first?.contains("resume") == false && Self.lines(again).isEmpty)
        let ended = machine.programEnded(code: 1, errors: "no login", now: Self.start)
        #expect(Self.types(ended) == ["result", "command_lifecycle completed"])
    }

    @Test func `what it cannot do it says`() throws {
        var machine = Codex(name: "codex", flags: ["--session-id=s1"], arguments: [], directory: "/w")
        let image = #"[{"type":"image","source":{}},{"type":"text","text":"what is it"}]"#
        let refused = machine.hostSaid(Self.prompt("p1", image), now: Self.start)
        let result = Self.lines(refused).first { $0.string("type") == "result" }
        #expect(result?.strings("errors") == ["codex takes prompts of text only"] && !machine.isRunning)
        let texts = #"[{"type":"text","text":"a"},{"type":"text","text":"b"}]"#
        #expect(Self.runs(machine.hostSaid(Self.prompt("p2", texts), now: Self.start)).first?.last == "a\nb")
        let unknown = machine.hostSaid(Self.request(#""subtype":"get_settings""#), now: Self.start)
        #expect(Self.lines(unknown).first?.object("response")?.string("subtype") == "error")
        let ready = machine.hostSaid(Self.request(#""subtype":"initialize""#), now: Self.start)
        #expect(Self.lines(ready).first?.object("response")?.string("subtype") == "success")
        var copy = Codex(
            name: "codex",
            flags: ["--resume=s1", "--fork-session", "--session-id=s2"],
            arguments: [],
            directory: "/w"
        )
        let fork = copy.hostSaid(Self.prompt("p1"), now: Self.start)
        #expect(Self.runs(fork).isEmpty && Self.lines(fork).contains { $0.bool("is_error") == true })
    }

    @Test func `another model holds from the next prompt`() {
        var machine = Codex(name: "codex", flags: ["--session-id=s1", "--model=a"], arguments: [], directory: "/w")
        _ = machine.hostSaid(Self.request(#""subtype":"set_model","model":"b""#), now: Self.start)
        let run = Self.runs(machine.hostSaid(Self.prompt("p1"), now: Self.start)).first
        #expect(run?.prefix(3) == ["exec", "--model", "b"])
    }

    @Test func `the command line is taken apart as it was put together`() {
        let leading = AdapterArguments.leading("codex", "/bin/codex", ["--sandbox", "read-only", ":::"])
        #expect(leading.prefix(3) == ["adapter", "codex", "/bin/codex"])
        let (arguments, flags) = AdapterArguments.split(Array(leading.dropFirst(3)) + ["--model=x"])
        #expect(arguments == ["--sandbox", "read-only"] && flags == ["--model=x"])
    }
}
