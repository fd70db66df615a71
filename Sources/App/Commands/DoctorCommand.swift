import Agent
import ArgumentParser
import Foundation
import SystemPackage

/// `troupe doctor`: names what is missing and how to mend it.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check what the server needs; exits 1 when something is missing."
    )

    @Option(help: "The Claude Code CLI, a path or a name on PATH. (default: claude)")
    var agent: String?

    @Option(help: "The port the server would listen on. (default: 7420)")
    var port: Int = 7420

    @Flag(help: "One JSON object instead of lines.")
    var json = false

    /// One thing looked at.
    private struct Finding: Encodable {
        let name: String
        let ok: Bool
        let detail: String
        var mend: String?
    }

    func run() async throws {
        let findings = [
            await self.cli(), self.login(), self.portIsFree(), self.temporaryDirectory(), self.descriptors(),
            self.subreaper(),
        ]
        if self.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(findings), as: UTF8.self))
        } else {
            for finding in findings {
                print("\(finding.ok ? "ok  " : "FAIL") \(finding.name): \(finding.detail)")
                if let mend = finding.mend { print("     \(mend)") }
            }
        }
        if findings.contains(where: { !$0.ok }) { throw ExitCode(1) }
    }

    private func cli() async -> Finding {
        do {
            let executable = try AgentExecutable.locate(explicit: self.agent)
            let version = try await executable.version()
            return Finding(name: "agent", ok: true, detail: "\(executable.path.string), \(version)")
        } catch {
            return Finding(
                name: "agent",
                ok: false,
                detail: error.detail,
                mend: "Install Claude Code (npm install -g @anthropic-ai/claude-code), or name it with --agent."
            )
        }
    }

    /// Whether the CLI will find credentials; only that there are some, never what they are.
    private func login() -> Finding {
        let environment = ProcessInfo.processInfo.environment
        let names = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"]
        if let name = names.first(where: { !(environment[$0] ?? "").isEmpty }) {
            return Finding(name: "login", ok: true, detail: "\(name) is set")
        }
        let directory = environment["CLAUDE_CONFIG_DIR"] ?? "\(environment["HOME"] ?? "")/.claude"
        if FileManager.default.fileExists(atPath: "\(directory)/.credentials.json") {
            return Finding(name: "login", ok: true, detail: "the CLI has stored credentials")
        }
        return Finding(
            name: "login",
            ok: false,
            detail: "no credentials found",
            mend: "Run `claude auth login`, or set ANTHROPIC_API_KEY."
        )
    }

    private func portIsFree() -> Finding {
        do {
            try PortProbe.check(host: "127.0.0.1", port: self.port)
            return Finding(name: "port", ok: true, detail: "\(self.port) is free")
        } catch {
            return Finding(
                name: "port",
                ok: false,
                detail: "\(self.port): \(error.message)",
                mend: "Stop what listens there (ss -ltnp 'sport = :\(self.port)'), or choose another with --port."
            )
        }
    }

    private func temporaryDirectory() -> Finding {
        let path = NSTemporaryDirectory()
        let isWritable = FileManager.default.isWritableFile(atPath: path)
        return Finding(
            name: "temporary directory",
            ok: isWritable,
            detail: isWritable ? "\(path) is writable" : "\(path) is not writable",
            mend: isWritable ? nil : "Set TMPDIR to a directory that is."
        )
    }

    private func descriptors() -> Finding {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(7), &limit)  // RLIMIT_NOFILE on Linux
        let isEnough = limit.rlim_max >= 4096
        return Finding(
            name: "open files",
            ok: isEnough,
            detail: "up to \(limit.rlim_max); a session needs about 6, a stream 1",
            mend: isEnough ? nil : "Raise the limit (ulimit -Hn, or LimitNOFILE= of the systemd unit)."
        )
    }

    private func subreaper() -> Finding {
        do {
            try Subreaper.enable()
            return Finding(name: "child subreaper", ok: true, detail: "available")
        } catch {
            return Finding(name: "child subreaper", ok: false, detail: error.detail, mend: "Needs Linux 3.4 or later.")
        }
    }
}
