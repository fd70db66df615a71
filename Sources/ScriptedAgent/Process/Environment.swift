import Glibc

/// What the program reads of its environment.
enum Environment {
    /// The variable's value; nil when it is not set.
    static func value(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Whether the variable is set to something that means yes.
    static func isOn(_ name: String) -> Bool {
        ["1", "true", "yes"].contains(Self.value(name) ?? "")
    }

    /// The variable as a number.
    static func number(_ name: String) -> Double? {
        Self.value(name).flatMap { Double($0) }
    }

    /// All that the program was started with, as `NAME=value`.
    static var inherited: [String] {
        Files.read("/proc/self/environ")?.split(separator: 0).map { String(decoding: $0, as: UTF8.self) } ?? []
    }

    /// Where sessions are kept.
    static var configurationDirectory: String {
        Self.value("CLAUDE_CONFIG_DIR") ?? "\(Self.value("HOME") ?? "/tmp")/.claude"
    }

    /// That path, seen from the working directory.
    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(Self.workingDirectory)/\(path)"
    }

    /// The working directory.
    static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }
}
