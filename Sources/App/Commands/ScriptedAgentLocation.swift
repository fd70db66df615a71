import Foundation

/// Where the scripted agent is: beside the program itself.
enum ScriptedAgentLocation {
    static func find() throws -> String {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let path = program.deletingLastPathComponent().appending(path: "troupe-scripted-agent").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure("there is no troupe-scripted-agent beside the program; build it, or name an --agent")
        }
        return path
    }
}
