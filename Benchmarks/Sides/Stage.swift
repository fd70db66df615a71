import Foundation

/// A throw-away home for everything that is started: nothing of the person's own is read or written.
final class Stage {
    /// What troupe adds to an agent's environment by itself.
    static let addedByTroupe = [
        "CLAUDE_CODE_STREAM_EVENT_HOLD_MS": "20", "CLAUDE_CODE_ENTRYPOINT": "troupe",
        "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS": "1", "DISABLE_AUTOUPDATER": "1",
    ]
    /// What an agent needs that is not on troupe's list of names to pass on.
    static let agentVariables = ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_TELEMETRY": "1"]

    let root: String
    /// The Messages API for the agents; set once the stub listens.
    var apiURL = "http://127.0.0.1:9"
    private var stores = 0

    /// - Throws: `BenchmarkError` when no directory can be made.
    init() throws {
        var template = Array("/tmp/troupe-benchmarks-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw BenchmarkError("cannot make a directory in /tmp: \(String(cString: strerror(errno)))")
        }
        self.root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for name in ["home", "work", "tmp"] {
            try FileManager.default.createDirectory(atPath: "\(self.root)/\(name)", withIntermediateDirectories: true)
        }
    }

    var workingDirectory: String { "\(self.root)/work" }

    var environment: [String: String] {
        [
            "HOME": "\(self.root)/home", "CLAUDE_CONFIG_DIR": "\(self.root)/home/.claude", "TMPDIR": "\(self.root)/tmp",
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "LANG": "C.UTF-8",
            "ANTHROPIC_BASE_URL": self.apiURL, "ANTHROPIC_API_KEY": "sk-made-up", "IS_SANDBOX": "1",
        ].merging(Self.agentVariables) { $1 }
    }

    /// The path of a database that is not there yet, in a directory of its own.
    func newStore() -> String {
        self.stores += 1
        return "\(self.root)/store\(self.stores)/troupe.db"
    }

    /// The file for the stderr of one kind of process.
    func log(_ name: String) -> String { "\(self.root)/\(name).log" }

    /// The last line that one kind of process wrote to its stderr.
    func lastWords(_ name: String) -> String {
        let text = (try? String(contentsOfFile: self.log(name), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").last.map(String.init) ?? "it wrote nothing"
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: self.root)
    }
}
