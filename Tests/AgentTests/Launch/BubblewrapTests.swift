import Foundation
import Logging
import NIOCore
import SystemPackage
import Testing

@testable import Agent

/// `Bubblewrap`, its command line, and where it is installed the real thing.
@Suite struct BubblewrapTests {
    private static let program = try? AgentExecutable.locate(explicit: "bwrap").path

    private static func launch(_ directory: String = "/project/dir") -> AgentLaunch {
        AgentLaunch(
            executable: "/bin/sh",
            workingDirectory: FilePath(directory),
            conversation: .new(id: "A"),
            inheritedEnvironment: ["HOME": "/somewhere/home", "PATH": "/bin"],
            temporaryDirectory: "/tmp/x",
            owner: OwnerMark(sessionID: "a")
        )
    }

    @Test func `what is written is bound after what is hidden, and the CLI comes last`() throws {
        var launch = Self.launch()
        launch.addDirectories = ["/more"]
        launch.writableDirectories = ["/repository/.git"]
        launch.bubblewrap = Bubblewrap(path: "/usr/bin/bwrap", hidden: ["/etc/passwd"])
        let (program, arguments) = launch.command
        #expect(program == "/usr/bin/bwrap")
        let text = arguments.joined(separator: " ")
        #expect(text.hasPrefix("--die-with-parent --unshare-pid"))
        let tmp = try #require(text.range(of: "--tmpfs /tmp"))
        for path in ["/project/dir", "/more", "/repository/.git", "/somewhere/home/.claude", "/tmp/x"] {
            let bind = try #require(text.range(of: "--bind-try \(path) \(path)"), "\(path)")
            #expect(tmp.upperBound < bind.lowerBound)
        }
        #expect(text.contains("--ro-bind /dev/null /etc/passwd"))
        #expect(text.contains("--chdir /project/dir -- "))
        #expect(text.hasSuffix(launch.arguments.joined(separator: " ")))
        // The CLI finds its state although there is no home.
        #expect(launch.environment["CLAUDE_CONFIG_DIR"] == "/somewhere/home/.claude")
    }

    @Test func `without it the CLI is started as it is`() {
        let launch = Self.launch()
        #expect(launch.command.executable == "/bin/sh")
        #expect(launch.command.arguments == launch.arguments)
        #expect(launch.environment["CLAUDE_CONFIG_DIR"] == nil)
    }

    /// A shell script in a world of its own: what it sees, what it may write, whom it may signal, how it ends.
    @Test(.enabled(if: BubblewrapTests.program != nil, "There is no bwrap; Scripts/setup --test installs it."))
    func `a child that is closed in sees and writes what it may, and is found and ended as any other`() async throws {
        let script = try Script(
            """
            trap 'echo "{\\"type\\":\\"told\\"}"; exit 5' TERM
            touch "$PWD/mine" && echo '{"type":"wrote"}'
            touch /etc/theirs 2>/dev/null || echo '{"type":"refused"}'
            ls /home/* /root/* >/dev/null 2>&1 || echo '{"type":"homeless"}'
            cat /proc/\(ProcessTree.ownPID)/environ >/dev/null 2>&1 || echo '{"type":"alone"}'
            setsid sleep 600 & echo "{\\"type\\":\\"ready\\"}"
            while true; do sleep 0.05; done
            """
        )
        defer { script.remove() }
        var launch = script.launch()
        let home = try Script("")
        defer { home.remove() }
        launch.inheritedEnvironment["HOME"] = home.path.removingLastComponent().string
        launch.bubblewrap = Bubblewrap(path: try #require(Self.program))
        let mark = launch.owner.description
        let handler = RecordingHandler(onLine: { line, child in
            guard JSONObject(line.bytes)?.string("type") == "ready" else { return }
            // From outside all of it can be seen: bubblewrap twice, the shell, what it left in a session of its own.
            let found = ProcessTree.now().marked { $0 == mark }
            #expect(found.count >= 4, "\(found)")
            #expect(ProcessTree.now().descendants(of: child.pid).count >= 3)
            child.beginTermination(TerminationSteps(inputClosedGrace: .zero, terminateGrace: .seconds(5)))
        })
        let exit = await ProcessRunner(logger: Logger(label: "test")).run(launch, handler: handler)
        let types = await handler.lines.compactMap { JSONObject($0.bytes)?.string("type") }
        #expect(types == ["wrote", "refused", "homeless", "alone", "ready", "told"], "\(exit)")
        #expect(exit.code == 5 && exit.survivors.isEmpty)
        #expect(ProcessTree.now().marked { $0 == mark }.isEmpty)
    }
}
