import Glibc
import Testing

@testable import ScriptedAgent

/// What turns cost, and who remembers it.
@Suite struct CostTests {
    private static let id = "2b4f8203-4d9a-4840-9482-94af9d4d38e8"

    private static func total(_ result: JSON) -> Double { result["total_cost_usd"]?.double ?? -1 }

    @Test func `a turn costs what it was told to, and the total is their sum`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        for (index, cost) in [0.25, 1.5].enumerated() {
            agent.prompt("cost \(cost)\nsay so")
            let result = try agent.line("result/success")
            #expect(result["model_usage_since_last_result"]?["claude-opus-5-5"]?["costUSD"]?.double == cost)
            #expect(Self.total(result) == (index == 0 ? 0.25 : 1.75))
        }
        agent.prompt("cost 2\nforever 100")
        _ = try agent.line("system/init")
        agent.control("interrupt", id: "i")
        #expect(Self.total(try agent.line("result/error_during_execution")) == 3.75)
    }

    @Test(arguments: [SIGTERM, SIGINT, 0])
    func `totals survive an orderly end and a resume, and a fork has them too`(signal: Int32) throws {
        let home = TemporaryDirectory()
        let first = try AgentProcess(["--session-id=\(Self.id)"], home: home)
        first.prompt("cost 1\nsay one")
        _ = try first.line("result/success")
        if signal == 0 { first.closeInput() } else { first.signal(signal) }
        _ = try first.waitForExit()
        for arguments in [["--resume=\(Self.id)", "--fork-session"], ["--resume=\(Self.id)"]] {
            let agent = try AgentProcess(arguments, home: home)
            agent.prompt("cost 0.5\nsay two")
            #expect(Self.total(try agent.line("result/success")) == 1.5)
        }
    }

    @Test func `totals start at zero after SIGKILL`() throws {
        let home = TemporaryDirectory()
        let first = try AgentProcess(["--session-id=\(Self.id)"], home: home)
        first.prompt("cost 1\nsay one")
        _ = try first.line("result/success")
        first.signal(SIGKILL)
        _ = try first.waitForExit()
        let second = try AgentProcess(["--resume=\(Self.id)"], home: home)
        second.prompt("cost 0.5\nsay two")
        #expect(Self.total(try second.line("result/success")) == 0.5)
    }

    @Test func `a budget that is used up ends that turn and every later one`() throws {
        let agent = try AgentProcess(["--max-budget-usd", "1"], home: TemporaryDirectory())
        agent.prompt("cost 0.75\nsay fine")
        _ = try agent.line("result/success")
        agent.prompt("cost 0.5\nsay too much")
        let result = try agent.line("result/error_max_budget_usd")
        #expect(agent.kinds.suffix(3) == ["system/init", "assistant/text", "result/error_max_budget_usd"])
        #expect(result["terminal_reason"] == "budget_exhausted")
        #expect(result["errors"] == ["Reached maximum budget ($1)"])
        #expect(result["stop_reason"] == "end_turn")
        agent.prompt("say no more")
        #expect(try agent.line("result/error_max_budget_usd")["stop_reason"] == .null)
        #expect(agent.kinds.suffix(2) == ["system/init", "result/error_max_budget_usd"])
        agent.closeInput()
        #expect(try agent.waitForExit() == .code(1))
    }

    @Test func `a budget stops a chain of tools between two requests`() throws {
        let agent = try AgentProcess(["--max-budget-usd", "0.0001"], home: TemporaryDirectory())
        agent.prompt("tool:Bash {\"command\":\"echo hi\"}\nsay never")
        _ = try agent.line("result/error_max_budget_usd")
        #expect(agent.kinds.suffix(2) == ["user/tool_result", "result/error_max_budget_usd"])
    }
}
