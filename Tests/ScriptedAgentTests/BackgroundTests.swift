import Glibc
import Testing

@testable import ScriptedAgent

/// Work that outlives the turn which started it.
@Suite struct BackgroundTests {
    private static let states = ["CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS": "1"]

    @Test func `a shell in the background has its frames, and the session is idle beside it`() throws {
        let agent = try AgentProcess(environment: Self.states, home: TemporaryDirectory())
        agent.prompt("background 60\nsay started")
        let tasks = try agent.line("system/background_tasks_changed")["tasks"]
        #expect(tasks?.elements.first?["task_type"] == "local_bash")
        let id = tasks?.elements.first?["task_id"] ?? .null
        #expect(try agent.line()?["subtype"] == "task_started")
        _ = try agent.line("result/success")
        #expect(try agent.line("system/session_state_changed")["state"] == "idle")
        let before = agent.kinds.count
        agent.control("stop_task", id: "s", extra: [("task_id", id)])
        _ = try agent.line("control_response/success")
        #expect(
            agent.kinds[before...] == [
                "system/task_updated", "system/task_notification", "system/background_tasks_changed",
                "control_response/success",
            ]
        )
        agent.closeInput()
        #expect(try agent.waitForExit() == .code(0))
    }

    @Test func `an agent in the background keeps the session running until its turn has ended`() throws {
        let agent = try AgentProcess(environment: Self.states, home: TemporaryDirectory())
        agent.prompt("background-agent 0.2\nsay started")
        let task = try agent.line("system/background_tasks_changed")["tasks"]?.elements.first
        #expect(task?["task_type"] == "local_agent")
        #expect(task?["subagent_type"] == "general-purpose")
        #expect(try agent.line("user/tool_result")["tool_use_result"]?["status"] == "async_launched")
        #expect(try agent.line("result/success")["origin"] == nil)
        let before = agent.kinds.count
        let notification = try agent.line("system/task_notification")
        #expect(notification["summary"] == "the background agent says hi")
        #expect(notification["summary_is_report"] == true)
        #expect(try agent.line("result/success")["origin"]?["kind"] == "task-notification")
        #expect(try agent.line("system/session_state_changed")["state"] == "idle")
        #expect(
            agent.kinds[before...] == [
                "assistant/text", "system/task_updated", "system/task_notification",
                "system/background_tasks_changed", "system/init", "assistant/text", "result/success",
                "system/session_state_changed",
            ]
        )
    }

    @Test func `an interrupt while idle stops the agent but not the shell`() throws {
        let agent = try AgentProcess(environment: Self.states, home: TemporaryDirectory())
        agent.prompt("background 60\nbackground-agent 60\nsay both")
        _ = try agent.line("result/success")
        let before = agent.kinds.count
        agent.control("interrupt", id: "i")
        let update = try agent.line("system/task_updated")
        #expect(update["patch"]?["status"] == "killed")
        let left = try agent.line("system/background_tasks_changed")["tasks"]?.elements
        #expect(left?.map { $0["task_type"] } == ["local_bash"])
        let marker = try agent.line("user/text")
        #expect(marker["agent_id"] == update["task_id"])
        #expect(try agent.line("system/session_state_changed")["state"] == "idle")
        #expect(
            agent.kinds[before...] == [
                "system/task_updated", "system/task_notification", "system/background_tasks_changed",
                "control_response/success", "user/text", "system/session_state_changed",
            ]
        )
        agent.signal(SIGTERM)
        #expect(
            try agent.rest() == [
                "system/task_notification", "system/task_updated", "system/background_tasks_changed",
            ]
        )
        #expect(try agent.waitForExit() == .code(143))
    }

    @Test func `the end of stdin waits for a shell in the background`() throws {
        let home = TemporaryDirectory()
        let agent = try AgentProcess(["--permission-mode", "bypassPermissions"], home: home)
        let command = "while [ ! -e \(home.path)/go ]; do sleep 0.01; done"
        agent.prompt("tool:Bash {\"command\":\"\(command)\",\"run_in_background\":true}\nsay started")
        agent.closeInput()
        _ = try agent.line("result/success")
        Files.replace("\(home.path)/go", with: [])
        _ = try agent.line("system/task_notification")
        #expect(try agent.line("result/success")["origin"]?["kind"] == "task-notification")
        #expect(try agent.waitForExit() == .code(0))
    }
}
