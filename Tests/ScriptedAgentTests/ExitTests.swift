import Glibc
import Testing

@testable import ScriptedAgent

/// Every way out of the program, and the way in.
@Suite struct ExitTests {
    @Test func `nothing is printed before the first line, and the end of stdin ends it`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.closeInput()
        #expect(try agent.rest().isEmpty)
        #expect(try agent.waitForExit() == .code(0))
    }

    @Test func `the end of stdin lets the turn finish first`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("echo 20 100\ntool:Bash {\"command\":\"echo hi\"}\nsay after")
        agent.closeInput()
        #expect(try agent.rest().last == "result/success")
        #expect(try agent.waitForExit() == .code(0))
    }

    static let crashes: [(prompt: String, exit: AgentProcess.Exit)] = [
        ("crash 7", .code(7)), ("crash", .code(1)), ("crash:signal 9", .signal(9)),
        ("crash:signal 11", .signal(11)), ("say first\ncrash 3", .code(3)),
    ]

    @Test(arguments: crashes)
    func `a crash leaves a turn without a result`(prompt: String, exit: AgentProcess.Exit) throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt(prompt)
        #expect(try agent.rest().allSatisfy { !$0.hasPrefix("result/") })
        #expect(try agent.waitForExit() == exit)
    }

    static let endings: [(signal: Int32, code: Int32)] = [(SIGTERM, 143), (SIGHUP, 129)]

    @Test(arguments: endings)
    func `a signal ends it without a result, its tools too`(signal: Int32, code: Int32) throws {
        let home = TemporaryDirectory()
        let agent = try AgentProcess(["--permission-mode", "bypassPermissions"], home: home)
        agent.prompt("tool:Bash {\"command\":\"echo $$ > \(home.path)/pid; sleep 60; true\"}")
        _ = try agent.line("assistant/tool_use")
        let pid = try InterruptTests.processID(in: "\(home.path)/pid")
        agent.signal(signal)
        #expect(try agent.rest().isEmpty)
        #expect(try agent.waitForExit() == .code(code))
        #expect(InterruptTests.hasEnded(pid))
    }

    @Test func `SIGKILL leaves the tools behind`() throws {
        let home = TemporaryDirectory()
        let agent = try AgentProcess(["--permission-mode", "bypassPermissions"], home: home)
        agent.prompt("tool:Bash {\"command\":\"echo $$ > \(home.path)/pid; sleep 60; true\"}")
        let pid = try InterruptTests.processID(in: "\(home.path)/pid")
        agent.signal(SIGKILL)
        #expect(try agent.waitForExit() == .signal(SIGKILL))
        #expect(kill(pid, 0) == 0)
        kill(-pid, SIGKILL)
    }

    @Test func `SIGINT writes the aborted turn and ends well`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("forever 200")
        _ = try agent.line("system/init")
        agent.signal(SIGINT)
        #expect(try agent.rest().last == "result/error_during_execution")
        #expect(try agent.waitForExit() == .code(0))
    }

    @Test func `signals can be ignored`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("ignore-signals")
        _ = try agent.line("result/success")
        agent.signal(SIGTERM)
        agent.prompt("say alive")
        #expect(try agent.line("result/success")["result"] == "alive")
    }

    @Test func `an error in the last turn is the exit code`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("error:400")
        agent.closeInput()
        #expect(try agent.waitForExit() == .code(1))
    }

    @Test(arguments: [
        ("{this is not json", "Error parsing streaming input line (type=unknown, 17 chars): SyntaxError\n"),
        ("null", "Error parsing streaming input line (type=unknown, 4 chars): TypeError\n"),
        ("{\"type\":\"user\"}", "Error: Expected message role 'user', got 'undefined'\n"),
    ])
    func `a bad line ends it`(line: String, complaint: String) throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("say one")
        _ = try agent.line("result/success")
        agent.send(text: line)
        #expect(try agent.rest().isEmpty)
        #expect(try agent.waitForExit() == .code(1))
        #expect(agent.complaint() == complaint)
    }

    @Test func `odd lines are passed over`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        for line in ["", "  \r", "{\"type\":\"keep_alive\"}\r", "{\"type\":\"no_such_type\"}", "[1,2]", "42"] {
            agent.send(text: line)
        }
        agent.prompt("say fine")
        #expect(try agent.line("result/success")["result"] == "fine")
    }

    @Test(arguments: [
        (["--no-such-flag"], "error: unknown option '--no-such-flag'\n"),
        (["--session-id=my-session"], "Error: Invalid session ID. Must be a valid UUID.\n"),
        (["--max-turns", "x"], "error: option '--max-turns <turns>' argument 'x' is invalid. must be a number\n"),
    ])
    func `a bad command line is refused`(arguments: [String], complaint: String) throws {
        let agent = try AgentProcess(arguments, home: TemporaryDirectory())
        #expect(try agent.rest().isEmpty)
        #expect(try agent.waitForExit() == .code(1))
        #expect(agent.complaint() == complaint)
    }

    @Test func `it tells its version`() throws {
        let agent = try AgentProcess(["--version"], home: TemporaryDirectory(), isPlain: true)
        #expect(try agent.rawLine() == Array("2.1.329 (Claude Code, scripted)".utf8))
        #expect(try agent.waitForExit() == .code(0))
    }

    @Test func `a slow start answers late`() throws {
        let before = Clock.now
        let agent = try AgentProcess(environment: ["TROUPE_SCRIPT_SLOW_START_MS": "200"], home: TemporaryDirectory())
        agent.control("initialize", id: "i")
        _ = try agent.line("control_response/success")
        #expect(Clock.now - before >= .milliseconds(200))
    }

    @Test func `the start is fast`() throws {
        let times = try (0..<20).map { _ in
            let before = Clock.now
            let agent = try AgentProcess(home: TemporaryDirectory())
            agent.control("initialize", id: "i")
            _ = try agent.line("control_response/success")
            return (Clock.now - before).fractionalSeconds * 1000
        }
        print("scripted agent: spawn to initialize answer, median \(times.sorted()[10]) ms of \(times.count) starts")
    }
}
