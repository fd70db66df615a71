import Foundation

/// The programs that are measured, and where they are.
struct Tools {
    let troupe: String
    /// The real CLI; `nil` leaves its rows out.
    let claude: String?
    /// A python with the SDK; `nil` leaves its rows out.
    let python: String?
    let driver: String
    /// The agent that plays what prompts say; `nil` leaves its rows out.
    let scriptedAgent: String?

    static let ownPath = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""

    /// Looks for what was not named: the server beside this program, the others by the scripts that fetch them.
    ///
    /// - Throws: `BenchmarkError` when there is no server.
    init(server: String?, agent: String?, python: String?) throws {
        let programs = URL(filePath: Self.ownPath).deletingLastPathComponent()
        self.troupe = URL(filePath: server ?? programs.appending(path: "troupe").path).path
        guard access(self.troupe, X_OK) == 0 else {
            throw BenchmarkError("there is no \(self.troupe); build it in release or name it with --server")
        }
        let scripted = programs.appending(path: "troupe-scripted-agent").path
        self.scriptedAgent = access(scripted, X_OK) == 0 ? scripted : nil
        self.claude = agent.map { URL(filePath: $0).path } ?? Self.fetched("Scripts/fetch-claude")
        self.python = python.map { URL(filePath: $0).path } ?? Self.fetched("Scripts/fetch-sdk")
        self.driver = URL(filePath: "Benchmarks/sdk_driver.py").path
    }

    /// The last line a script of this repository prints; `nil` when it fails or is not here.
    private static func fetched(_ script: String) -> String? {
        guard access(script, X_OK) == 0 else { return nil }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: script)
        process.standardOutput = output
        guard (try? process.run()) != nil else { return nil }
        let data = (try? output.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").last.map(String.init)
    }
}
