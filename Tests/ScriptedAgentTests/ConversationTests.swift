import Glibc
import Testing

@testable import ScriptedAgent

/// Sessions that outlive their process.
@Suite struct ConversationTests {
    private static let id = "2b4f8203-4d9a-4840-9482-94af9d4d38e8"

    @Test func `a resumed session remembers what was said before the kill`() throws {
        let home = TemporaryDirectory()
        let first = try AgentProcess(["--session-id=\(Self.id)"], home: home)
        first.prompt("say my colour is green")
        _ = try first.line("result/success")
        first.prompt("forever 50")
        _ = try first.line("system/init")
        first.signal(SIGKILL)
        #expect(try first.waitForExit() == .signal(SIGKILL))
        let second = try AgentProcess(["--resume=\(Self.id)"], home: home)
        second.prompt("memory")
        #expect(try second.line("system/init")["session_id"] == .string(Self.id))
        #expect(try second.line("result/success")["result"] == "say my colour is green\nforever 50")
    }

    @Test func `the friendly answer refers to the prompt before`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("I like plums")
        _ = try agent.line("result/success")
        agent.prompt("What do I like?")
        let text = try agent.line("result/success")["result"]?.text ?? ""
        #expect(text.contains("scripted agent"))
        #expect(text.contains("What do I like?"))
        #expect(text.contains("I like plums"))
    }

    @Test func `an id in use is refused, and so is an unknown one`() throws {
        let home = TemporaryDirectory()
        let first = try AgentProcess(["--session-id=\(Self.id)"], home: home)
        first.prompt("say one")
        _ = try first.line("result/success")
        let second = try AgentProcess(["--session-id=\(Self.id)"], home: home)
        #expect(try second.rest().isEmpty)
        #expect(try second.waitForExit() == .code(1))
        #expect(second.complaint() == "Error: Session ID \(Self.id) is already in use.\n")
        let unknown = "115e63c5-2315-4475-88bb-b893de627bd0"
        let third = try AgentProcess(["--resume=\(unknown)"], home: home)
        let result = try third.line("result/error_during_execution")
        #expect(result["errors"] == [.string("No conversation found with session ID: \(unknown)")])
        #expect(try third.waitForExit() == .code(1))
        #expect(third.complaint() == "No conversation found with session ID: \(unknown)\n")
    }

    @Test func `a fork has its own id and the same memory`() throws {
        let home = TemporaryDirectory()
        let first = try AgentProcess(["--session-id=\(Self.id)"], home: home)
        first.prompt("say one")
        _ = try first.line("result/success")
        let fork = try AgentProcess(["--resume=\(Self.id)", "--fork-session"], home: home)
        fork.prompt("memory")
        #expect(try fork.line("system/init")["session_id"] != .string(Self.id))
        #expect(try fork.line("result/success")["result"] == "say one")
    }
}
