import Glibc
import Testing

@testable import ScriptedAgent

/// Interrupts, wherever the turn is.
@Suite struct InterruptTests {
    @Test func `in a stream the partial text comes out and the message is abandoned`() throws {
        let agent = try AgentProcess(["--include-partial-messages"], home: TemporaryDirectory())
        agent.prompt("forever 200", uuid: "p1")
        for _ in 0..<5 { _ = try agent.line("stream_event/content_block_delta") }
        agent.control("interrupt", id: "i")
        #expect(try agent.line("control_response/success")["response"]?["response"]?["still_queued"] == [])
        let aborted = try #require(try agent.line())
        #expect(aborted["aborted"] == true)
        let text = aborted["message"]?["content"]?.elements.first?["text"]?.text ?? ""
        #expect(text.hasPrefix("w0 w1 w2 w3 w4 "))
        let result = try agent.line("result/error_during_execution")
        #expect(result["is_error"] == true)
        #expect(result["terminal_reason"] == "aborted_streaming")
        #expect(result["errors"]?.elements.first?.text?.hasPrefix("[ede_diagnostic]") == true)
        #expect(try agent.line()?["state"] == "cancelled")
        #expect(
            agent.kinds.suffix(7) == [
                "assistant/text", "user/text", "stream_event/content_block_stop", "stream_event/message_delta",
                "stream_event/message_stop", "result/error_during_execution", "command_lifecycle/cancelled",
            ]
        )
    }

    @Test func `a running tool dies with all it started`() throws {
        let home = TemporaryDirectory()
        let agent = try AgentProcess(["--permission-mode", "bypassPermissions"], home: home)
        let command = "sleep 97 & echo $! > \(home.path)/pid; sleep 98"
        agent.prompt(
            "tool:Bash \(String(decoding: JSON.object([.init(name: "command", value: .string(command))]).bytes, as: UTF8.self))"
        )
        _ = try agent.line("assistant/tool_use")
        let pid = try Self.processID(in: "\(home.path)/pid")
        agent.control("interrupt", id: "i")
        #expect(try agent.line("result/error_during_execution")["terminal_reason"] == "aborted_tools")
        #expect(Self.hasEnded(pid))
    }

    /// Waits for a file with a process id in it.
    static func processID(in path: String) throws -> pid_t {
        let deadline = Clock.now + .seconds(10)
        while Clock.now < deadline {
            let text = String(decoding: Files.read(path) ?? [], as: UTF8.self)
            if text.hasSuffix("\n"), let pid = pid_t(text.dropLast()) { return pid }
            poll(nil, 0, 2)
        }
        throw AgentProcess.Failure.noLine(after: [path])
    }

    /// Waits for a process to be gone or a zombie.
    static func hasEnded(_ pid: pid_t) -> Bool {
        let deadline = Clock.now + .seconds(5)
        while Clock.now < deadline {
            let status = String(decoding: Files.read("/proc/\(pid)/stat") ?? [], as: UTF8.self)
            if status.isEmpty || status.contains(") Z ") { return true }
            poll(nil, 0, 2)
        }
        return false
    }

    @Test func `before the first token there is only the marker`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("hang")
        _ = try agent.line("system/init")
        agent.control("interrupt", id: "i")
        _ = try agent.line("result/error_during_execution")
        #expect(agent.kinds.suffix(3) == ["control_response/success", "user/text", "result/error_during_execution"])
    }

    @Test func `a stall gives up its text`() throws {
        let agent = try AgentProcess(["--include-partial-messages"], home: TemporaryDirectory())
        agent.prompt("stall 2")
        for _ in 0..<2 { _ = try agent.line("stream_event/content_block_delta") }
        agent.control("interrupt", id: "i")
        #expect(try agent.line("assistant/text")["message"]?["content"]?.elements.first?["text"] == "w0 w1 ")
        _ = try agent.line("result/error_during_execution")
    }

    @Test func `when idle it succeeds and no result follows`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.control("interrupt", id: "i")
        agent.prompt("say hello")
        agent.closeInput()
        #expect(try agent.rest() == ["control_response/success", "system/init", "assistant/text", "result/success"])
    }

    @Test func `two at once give two answers and one result`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("forever 50")
        _ = try agent.line("system/init")
        agent.control("interrupt", id: "i1")
        agent.control("interrupt", id: "i2")
        agent.prompt("say next")
        agent.closeInput()
        let kinds = try agent.rest()
        #expect(kinds.count { $0 == "control_response/success" } == 2)
        #expect(kinds.count { $0 == "result/error_during_execution" } == 1)
        #expect(kinds.last == "result/success")
    }

    @Test func `they can be ignored`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("ignore-interrupts\necho 20 100")
        _ = try agent.line("system/init")
        agent.control("interrupt", id: "i")
        _ = try agent.line("control_response/success")
        _ = try agent.line("result/success")
    }

    @Test func `queued prompts survive and become one turn`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("forever 50", uuid: "a")
        _ = try agent.line("system/init")
        agent.prompt("say one", uuid: "b")
        agent.prompt("say two", uuid: "c")
        agent.control("interrupt", id: "i")
        let answer = try agent.line("control_response/success")
        #expect(answer["response"]?["response"]?["still_queued"] == ["b", "c"])
        _ = try agent.line("result/error_during_execution")
        let result = try agent.line("result/success")
        #expect(result["user_message_uuids"] == ["b", "c"])
        #expect(result["user_message_uuid"] == "c")
    }

    @Test func `queued prompts can be cancelled with it`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("forever 50", uuid: "a")
        _ = try agent.line("system/init")
        agent.prompt("say one", uuid: "b")
        agent.control("interrupt", id: "i", extra: [("cancel_queued", true)])
        #expect(try agent.line("control_response/success")["response"]?["response"]?["cancelled"] == ["b"])
        agent.closeInput()
        #expect(try agent.rest().last == "command_lifecycle/cancelled")
    }
}
