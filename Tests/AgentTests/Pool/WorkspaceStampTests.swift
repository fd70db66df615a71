import Foundation
import SystemPackage
import Testing

@testable import Agent

@Suite struct WorkspaceStampTests {
    @Test(arguments: [
        "work/CLAUDE.md", "work/.claude/CLAUDE.md", "CLAUDE.local.md", "work/.git/HEAD", "work/.git/logs/HEAD",
        "config/.credentials.json",
    ])
    func `a file that comes or changes makes another stamp`(name: String) throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let path = directory.path.appending(name)
        for folder in [path.removingLastComponent(), directory.path.appending("work")] {
            try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        }
        var launch = AgentLaunch(
            executable: "/bin/claude",
            workingDirectory: directory.path.appending("work"),
            conversation: .new(id: "A"),
            owner: OwnerMark(sessionID: "a")
        )
        launch.configDirectory = directory.path.appending("config")
        var stamps = [WorkspaceStamp(of: launch)]
        for text in ["1", "22"] {
            try text.write(toFile: path.string, atomically: false, encoding: .utf8)
            stamps.append(WorkspaceStamp(of: launch))
            try "x".write(toFile: directory.path.appending("work/file").string, atomically: false, encoding: .utf8)
            #expect(WorkspaceStamp(of: launch) == stamps.last)
        }
        #expect(stamps[0] != stamps[1])
        #expect(stamps[1] != stamps[2])
    }
}
