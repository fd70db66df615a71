import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

/// What tasks mean: flags, directories, programs.
struct ClinvokerTaskTests {
    private static let claude = AgentBackend(name: "claude", adapter: .claude, command: "claude")
    private static let codex = AgentBackend(name: "codex", adapter: .codex, command: "/bin/sh")
    private static let gemini = AgentBackend(name: "gemini", adapter: .gemini, command: "/bin/sh")
    private static let missing = AgentBackend(name: "lost", adapter: .codex, command: "/nonexistent/codex")

    private static func plan(
        _ backend: String = "claude",
        _ change: (inout ClinvokerTask) -> Void = { _ in }
    ) throws -> ClinvokerTask.Plan {
        var task = ClinvokerTask(backend: backend, prompt: JSONText.quoted("hi"))
        change(&task)
        return try task.plan(
            [Self.claude, Self.codex, Self.gemini, Self.missing],
            ClinvokerWorkdir(own: "/srv"),
            for: .system
        )
    }

    private static func refusal(
        _ backend: String = "claude",
        _ change: (inout ClinvokerTask) -> Void = { _ in }
    ) -> String? {
        do {
            _ = try Self.plan(backend, change)
            return nil
        } catch {
            return (error as? ClinvokerTask.Refusal)?.message ?? "\(error)"
        }
    }

    @Test func `a program that is unknown or missing is named`() {
        #expect(
            Self.refusal("x") == "unknown backend \"x\" (available: [claude codex gemini lost])"
        )
        #expect(Self.refusal("lost") == "backend \"lost\" is not available")
    }

    @Test(arguments: [nil, "", "default", " JSON ", "text", "Stream-JSON"])
    func `formats are trimmed and of any case`(format: String?) throws {
        #expect(Self.refusal { $0.outputFormat = format } == nil)
    }

    @Test func `another format is refused by name`() {
        #expect(
            Self.refusal { $0.outputFormat = "xml" }
                == "invalid output_format \"xml\": must be one of default, text, json, stream-json"
        )
    }

    @Test(arguments: [
        ("relative", "invalid work directory: must be an absolute path"),
        ("/etc", "work directory not allowed: /etc (blocked path)"),
        ("/usr/lib/../bin", "work directory not allowed: /usr/lib/../bin (blocked path)"),
        ("/proc/self/cwd", "work directory not allowed: /proc/self/cwd (blocked path)"),
        ("/nonexistent/x", "work directory does not exist: /nonexistent/x"),
    ])
    func `directories are looked at`(path: String, message: String) {
        #expect(Self.refusal { $0.workdir = path } == message)
    }

    @Test func `a file is no directory`() {
        #expect(Self.refusal { $0.workdir = #filePath } == "work directory is not a directory: \(#filePath)")
    }

    @Test func `around the server's own directory nothing is blocked`() throws {
        let workdir = ClinvokerWorkdir(own: "/etc/ssl")
        #expect(try workdir.check("/etc/ssl", for: .system) == "/etc/ssl")
    }

    @Test(
        arguments: [
            (["--model", "opus"], nil),
            (["--Model=opus", "-v"], nil),
            (["word"], "invalid flag format: word (must start with - or --)"),
            (["--verbose", "word"], "invalid flag format: word (must start with - or --)"),
            (["--model", "a", "b"], "invalid flag format: b (must start with - or --)"),
            (["--dangerously-skip-permissions"], "flag not allowed for claude: --dangerously-skip-permissions"),
            (["--settings=x"], "flag not allowed for claude: --settings"),
            (["--permission-mode", "all"], "invalid value for --permission-mode"),
            (["--resume", "x"], "invalid value for --resume (must be a session's UUID)"),
            (["--continue"], "flag not supported by this server: --continue"),
        ] as [([String], String?)]
    )
    func `flags are on the list or refused`(flags: [String], message: String?) {
        #expect(Self.refusal { $0.extra = flags } == message)
    }

    @Test func `flags of Claude become options of the session`() throws {
        let plan = try Self.plan {
            $0.model = "best"
            $0.approvalMode = "auto"
            $0.systemPrompt = "Be brief."
            $0.maximumTurns = 3
            $0.extra = ["--allowedTools", "Read,Bash(git *)", "--max-turns", "5", "--no-session-persistence"]
        }
        #expect(plan.options.model == "opus" && plan.options.permissionMode == "acceptEdits")
        #expect(plan.options.systemPrompt == "Be brief." && plan.options.maximumTurns == 5)
        #expect(plan.options.allowedTools == ["Read", "Bash(git *)"] && plan.isEphemeral)
        #expect(plan.options.backend == nil)
    }

    @Test func `the further programs get their own flags`() throws {
        let codex = try Self.plan("codex") {
            $0.model = "fast"
            $0.approvalMode = "none"
            $0.sandboxMode = "workspace"
        }
        #expect(codex.options.backend == "codex" && codex.options.model == "gpt-4.1-mini")
        #expect(
            codex.options.backendArguments == ["--ask-for-approval", "never", "--sandbox", "workspace-write"]
        )
        let gemini = try Self.plan("gemini") {
            $0.approvalMode = "auto"
            $0.sandboxMode = "read-only"
            $0.extra = ["--debug"]
        }
        #expect(gemini.options.backendArguments == ["--approval-mode", "auto_edit", "--sandbox", "--debug"])
    }

    @Test func `a dry run says what the original would have run`() throws {
        let plan = try Self.plan {
            $0.model = "fast"
            $0.isEphemeral = true
            $0.extra = ["--add-dir", "/tmp"]
        }
        #expect(
            plan.commandLine
                == "claude [--print --model haiku --output-format json --no-session-persistence --add-dir /tmp hi]"
        )
        let codex = try Self.plan("codex") { $0.sandboxMode = "read-only" }
        #expect(codex.commandLine == "codex [exec --sandbox read-only --json hi]")
        let gemini = try Self.plan("gemini") {
            $0.approvalMode = "none"
            $0.outputFormat = "stream-json"
        }
        #expect(gemini.commandLine == "gemini [--yolo --output-format stream-json hi]")
    }

    @Test func `a key without the scope settings loosens no sandbox`() throws {
        let keys = try TestKeys()
        let reader = try #require(keys.file.read().first { $0.name == "reader" })
        for change in [{ $0.sandboxMode = "full" }, { $0.extra = ["--full-auto"] }] as [(inout ClinvokerTask) -> Void] {
            var task = ClinvokerTask(backend: "codex", prompt: JSONText.quoted("hi"))
            change(&task)
            #expect(throws: SessionError.self) {
                try task.plan([Self.codex], ClinvokerWorkdir(own: "/srv"), for: Caller(reader))
            }
        }
    }

    @Test(arguments: [(0, "0s"), (7, "7s"), (151, "2m31s"), (3605, "1h0m5s")])
    func `uptime reads as Go writes it`(seconds: Int, text: String) {
        #expect(ClinvokerRoutes.text(of: .seconds(seconds)) == text)
    }
}
