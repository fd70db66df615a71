import Glibc

/// What `/proc` says of processes, the server's and what it started.
enum Processes {
    /// The environment variable that the server puts on everything it starts (ARCHITECTURE.md, No orphan, ever).
    private static let variable = "TROUPE_OWNER="

    /// Processes whose mark begins with `prefix`; zombies have no environment any more and do not count.
    static func marked(_ prefix: String) -> [Int32] {
        self.all().filter { pid in
            self.environment(of: pid).contains { $0.hasPrefix(self.variable + prefix) }
        }
    }

    /// What the marks of all that a process starts begin with; nil when it is gone.
    static func markPrefix(of pid: Int32) -> String? {
        self.startTime(of: pid).map { "\(pid).\($0)." }
    }

    /// When it began, in ticks since boot; nil when it is gone.
    ///
    /// With the pid it names one process for ever.
    static func startTime(of pid: Int32) -> UInt64? {
        self.fields(of: pid).flatMap { UInt64($0[19]) }
    }

    /// Whether it is there and no zombie.
    static func isAlive(_ pid: Int32) -> Bool {
        self.fields(of: pid).map { $0[0] != "Z" && $0[0] != "X" } ?? false
    }

    static func parent(of pid: Int32) -> Int32? {
        self.fields(of: pid).flatMap { Int32($0[1]) }
    }

    static func session(of pid: Int32) -> Int32? {
        self.fields(of: pid).flatMap { Int32($0[3]) }
    }

    static func arguments(of pid: Int32) -> [String] {
        self.strings("/proc/\(pid)/cmdline")
    }

    static func environment(of pid: Int32) -> [String] {
        self.strings("/proc/\(pid)/environ")
    }

    /// What its open file descriptors stand for, as `socket:[123]`.
    static func openFiles(of pid: Int32) -> [String] {
        self.names(in: "/proc/\(pid)/fd").compactMap { name in
            var target = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/\(pid)/fd/\(name)", &target, target.count)
            return count > 0 ? String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
        }
    }

    static func children(of pid: Int32) -> [Int32] {
        self.all().filter { self.parent(of: $0) == pid }
    }

    /// The watchdog of a server.
    static func watchdog(of server: Int32) -> Int32? {
        self.children(of: server).first { self.arguments(of: $0).dropFirst().first == "watchdog" }
    }

    private static func all() -> [Int32] {
        self.names(in: "/proc").compactMap { Int32($0) }
    }

    /// The fields of `/proc/PID/stat` from the third on, the state.
    private static func fields(of pid: Int32) -> [String]? {
        guard let text = self.read("/proc/\(pid)/stat").map({ String(decoding: $0, as: UTF8.self) }),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ").map(String.init)
        return fields.count > 19 ? fields : nil
    }

    private static func strings(_ path: String) -> [String] {
        (self.read(path) ?? []).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The entries of a directory of `/proc`, or of any other.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let item = readdir(directory) {
            let name = withUnsafeBytes(of: &item.pointee.d_name) { $0.prefix { $0 != 0 }.map { $0 } }
            names.append(String(decoding: name, as: UTF8.self))
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    private static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes += chunk[..<count]
        }
    }
}
