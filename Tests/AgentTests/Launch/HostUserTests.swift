import Foundation
import Logging
import SystemPackage
import Testing

@testable import Agent

/// A child as another user, which takes root.
@Suite(.enabled(if: HostUser.canBeOthers, "Only root can start processes as another user."))
struct HostUserTests {
    private static let nobody = HostUser(userID: 65534, groupID: 65534)

    @Test func `a child of another user is that user, owns its directories, and is ended as any other`() async throws {
        let script = try Script(
            """
            echo "{\\"type\\":\\"who\\",\\"uid\\":$(id -u),\\"gid\\":$(id -g),\\"groups\\":\\"$(id -G)\\",\\"home\\":\\"$HOME\\"}"
            touch "$TMPDIR/mine" "$CLAUDE_CONFIG_DIR/mine" && echo '{"type":"wrote"}'
            setsid sleep 600 & echo '{"type":"ready"}'
            cat >/dev/null; sleep 600
            """
        )
        defer { script.remove() }
        let directory = script.path.removingLastComponent().string
        chmod(directory, 0o711)
        chmod(script.path.string, 0o755)
        var launch = script.launch()
        launch.user = Self.nobody
        launch.configDirectory = FilePath("\(directory)/config")
        let handler = RecordingHandler(onLine: { line, child in
            guard JSONObject(line.bytes)?.string("type") == "ready" else { return }
            child.beginTermination(TerminationSteps(inputClosedGrace: .zero, terminateGrace: .milliseconds(200)))
        })
        let exit = await ProcessRunner(logger: Logger(label: "test")).run(launch, handler: handler)
        let lines = await handler.lines.compactMap { JSONObject($0.bytes) }
        #expect(lines.compactMap { $0.string("type") } == ["who", "wrote", "ready"], "\(exit)")
        let who = try #require(lines.first)
        #expect(who.int("uid") == 65534 && who.int("gid") == 65534 && who.string("groups") == "65534")
        #expect(who.string("home") == "\(directory)/config")
        #expect(exit.survivors.isEmpty)
        let mark = launch.owner.description
        #expect(ProcessTree.now().marked { $0 == mark }.isEmpty)
    }

    @Test func `one without a configuration directory of its own is not started`() async throws {
        var launch = try Script("").launch()
        launch.user = Self.nobody
        let exit = await ProcessRunner(logger: Logger(label: "test")).run(launch, handler: RecordingHandler())
        #expect(exit.launchFailure?.contains("configuration directory") == true)
    }
}
