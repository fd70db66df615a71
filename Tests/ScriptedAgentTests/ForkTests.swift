import Glibc
import Testing

@testable import ScriptedAgent

/// Copies of a session, and sessions taken up in their middle.
@Suite struct ForkTests {
    private static let id = "2b4f8203-4d9a-4840-9482-94af9d4d38e8"
    private static let other = "84f63e8f-7fff-4648-9b20-c08d81dc316f"

    /// A session of two prompts that has ended; the uuid of its first reply and its path.
    private static func session(in home: TemporaryDirectory) throws -> (reply: String, path: String) {
        let agent = try AgentProcess(["--session-id=\(Self.id)"], home: home)
        agent.prompt("say one", uuid: "first")
        let reply = try agent.line("assistant/text")["uuid"]?.text ?? ""
        agent.prompt("say two", uuid: "second")
        agent.closeInput()
        #expect(try agent.waitForExit() == .code(0))
        return (reply, Self.path(Self.id, in: home))
    }

    private static func path(_ id: String, in home: TemporaryDirectory) -> String {
        let folder = "\(home.path)/projects"
        return "\(folder)/\(Files.names(in: folder).first ?? "")/\(id).jsonl"
    }

    private static func memory(_ arguments: [String], in home: TemporaryDirectory) throws -> String {
        let agent = try AgentProcess(arguments, home: home)
        agent.prompt("memory")
        let text = try agent.line("result/success")["result"]?.text ?? ""
        agent.closeInput()
        _ = try agent.waitForExit()
        return text
    }

    @Test func `a fork takes the id it is given and leaves the original as it was`() throws {
        let home = TemporaryDirectory()
        let path = try Self.session(in: home).path
        let before = Files.read(path)
        let fork = try AgentProcess(
            ["--resume=\(Self.id)", "--fork-session", "--session-id=\(Self.other)"],
            home: home
        )
        #expect(!Files.exists(Self.path(Self.other, in: home)))
        fork.prompt("say three")
        #expect(try fork.line("system/init")["session_id"] == .string(Self.other))
        _ = try fork.line("result/success")
        fork.signal(SIGKILL)
        _ = try fork.waitForExit()
        #expect(Files.read(path) == before)
        #expect(try Self.memory(["--resume=\(Self.other)"], in: home) == "say one\nsay two\nsay three")
        let again = try AgentProcess(
            ["--resume=\(Self.id)", "--fork-session", "--session-id=\(Self.other)"],
            home: home
        )
        #expect(try again.waitForExit() == .code(1))
        #expect(again.complaint() == "Error: Session ID \(Self.other) is already in use.\n")
    }

    @Test func `a session taken up at a message forgets what came after, in the fork only`() throws {
        let home = TemporaryDirectory()
        let reply = try Self.session(in: home).reply
        let cut = ["--resume=\(Self.id)", "--resume-session-at=\(reply)"]
        #expect(try Self.memory(cut + ["--fork-session", "--session-id=\(Self.other)"], in: home) == "say one")
        #expect(try Self.memory(["--resume=\(Self.other)"], in: home) == "say one\nmemory")
        #expect(try Self.memory(["--resume=\(Self.id)"], in: home) == "say one\nsay two")
    }

    @Test func `without a fork the newest branch is the conversation from then on`() throws {
        let home = TemporaryDirectory()
        let reply = try Self.session(in: home).reply
        #expect(try Self.memory(["--resume=\(Self.id)", "--resume-session-at=\(reply)"], in: home) == "say one")
        #expect(try Self.memory(["--resume=\(Self.id)"], in: home) == "say one\nmemory")
    }

    @Test func `an unknown message is refused`() throws {
        let home = TemporaryDirectory()
        _ = try Self.session(in: home)
        let agent = try AgentProcess(["--resume=\(Self.id)", "--resume-session-at=\(Self.other)"], home: home)
        _ = try agent.line("result/error_during_execution")
        #expect(try agent.waitForExit() == .code(1))
        #expect(agent.complaint() == "No message found with message.uuid of: \(Self.other)\n")
    }

    @Test func `what a killed process left of a line spoils neither what was before nor what comes after`() throws {
        let home = TemporaryDirectory()
        let path = try Self.session(in: home).path
        let whole = try #require(Files.read(path))
        Files.replace(path, with: whole + Array("{\"type\":\"user\",\"message\":{\"ro".utf8))
        #expect(try Self.memory(["--resume=\(Self.id)"], in: home) == "say one\nsay two")
        #expect(try Self.memory(["--resume=\(Self.id)"], in: home) == "say one\nsay two\nmemory")
    }

    @Test func `a process killed right after a result has kept the turn`() throws {
        let home = TemporaryDirectory()
        for round in 0..<5 {
            let agent = try AgentProcess([round == 0 ? "--session-id=\(Self.id)" : "--resume=\(Self.id)"], home: home)
            agent.prompt("say \(round)")
            _ = try agent.line("result/success")
            agent.signal(SIGKILL)
            _ = try agent.waitForExit()
        }
        let prompts = (0..<5).map { "say \($0)" }
        #expect(try Self.memory(["--resume=\(Self.id)"], in: home) == prompts.joined(separator: "\n"))
    }
}
