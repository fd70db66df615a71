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

    /// Where Scripts/fetch-schemathesis has put Schemathesis; nil when there is none.
    static let schemathesis: String? = {
        let root = URL(filePath: Self.scripts).deletingLastPathComponent()
        let directory = root.appending(path: ".cache/schemathesis/bin")
        if FileManager.default.isExecutableFile(atPath: "\(directory.path)/st") { return directory.path }
        print("skipped: the tests with Schemathesis; Scripts/fetch-schemathesis fetches it")
        return nil
    }()

    /// Where the test bundle is, and with it what was built: `TROUPE_TEST_BIN` names another place.
    private static let directory: String =
        ProcessInfo.processInfo.environment["TROUPE_TEST_BIN"]
        ?? URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
}
