import Foundation

/// The programs under test, and the tools beside them.
enum Programs {
    static let troupe = "\(Self.directory)/troupe"
    static let scriptedAgent = "\(Self.directory)/troupe-scripted-agent"
    static let curl = "/usr/bin/curl"
    static let openssl = "/usr/bin/openssl"
    static let bash = "/bin/bash"

    /// The real CLI: `TROUPE_TEST_CLAUDE`, else what Scripts/fetch-claude has fetched; nil when there is none.
    static let claude: String? = {
        if let path = ProcessInfo.processInfo.environment["TROUPE_TEST_CLAUDE"] { return path }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let cache = root.appending(path: ".cache").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? []
        let found = names.sorted().reversed().map { "\(cache)/\($0)/claude" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        if found == nil { print("skipped: the tests with the real CLI; Scripts/fetch-claude fetches it") }
        return found
    }()

    /// The project's own.
    static let scripts = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Scripts").path

    /// Where Schemathesis is; nil when there is none.
    static let schemathesis = Self.python("schemathesis", with: "st")
    /// Where the Python is that has the SDKs of OpenAI and Anthropic, and requests; nil when there is none.
    static let clients = Self.python("clients", with: "python")

    /// The programs that Scripts/fetch-python has put under a name.
    private static func python(_ name: String, with program: String) -> String? {
        let root = URL(filePath: Self.scripts).deletingLastPathComponent()
        let directory = root.appending(path: ".cache/\(name)/bin").path
        if FileManager.default.isExecutableFile(atPath: "\(directory)/\(program)") { return directory }
        print("skipped: the tests that need Scripts/fetch-python \(name)")
        return nil
    }

    /// Where the test bundle is, and with it what was built: `TROUPE_TEST_BIN` names another place.
    private static let directory: String =
        ProcessInfo.processInfo.environment["TROUPE_TEST_BIN"]
        ?? URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
}
