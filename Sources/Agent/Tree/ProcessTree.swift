import Glibc

/// One process, as `/proc` has it at one moment.
package struct ProcessEntry: Sendable, Equatable {
    package let pid: Int32
    package let parent: Int32
    package let group: Int32
    /// Ticks of the kernel's clock since boot; with the pid it names one process for ever.
    package let startTime: UInt64
    /// The kernel's letter, as `R`, `S`, `D` or `Z`.
    package let state: UInt8

    /// It has ended, and only its parent's wait is missing.
    package var isZombie: Bool { self.state == UInt8(ascii: "Z") || self.state == UInt8(ascii: "X") }

    /// Reads the text of `/proc/PID/stat` (proc_pid_stat(5)), whose second field may hold spaces and parentheses.
    init?(stat: [UInt8]) {
        guard let open = stat.firstIndex(of: UInt8(ascii: "(")), let close = stat.lastIndex(of: UInt8(ascii: ")"))
        else {
            return nil
        }
        let fields = stat[(close + 1)...].split(separator: UInt8(ascii: " "))
        func field<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>) -> Number? {
            Number(String(decoding: bytes, as: UTF8.self))
        }
        guard fields.count > 19, let state = fields[0].first, let pid: Int32 = field(stat[..<open].dropLast()),
            let parent: Int32 = field(fields[1]), let group: Int32 = field(fields[2]),
            let startTime: UInt64 = field(fields[19])
        else { return nil }
        self.pid = pid
        self.parent = parent
        self.group = group
        self.startTime = startTime
        self.state = state
    }
}

/// All processes of the machine at one moment, and the questions that are asked of them.
package struct ProcessTree: Sendable {
    /// This process.
    package static let ownPID: Int32 = getpid()

    package let entries: [Int32: ProcessEntry]

    /// Reads `/proc` now; blocking, some milliseconds.
    package static func now() -> ProcessTree {
        var entries: [Int32: ProcessEntry] = [:]
        guard let directory = opendir("/proc") else { return ProcessTree(entries: entries) }
        defer { closedir(directory) }
        while let item = readdir(directory) {
            let name = withUnsafePointer(to: &item.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let pid = Int32(name), let entry = self.entry(pid) else { continue }
            entries[pid] = entry
        }
        return ProcessTree(entries: entries)
    }

    /// Reads one process; nil if there is none.
    package static func entry(_ pid: Int32) -> ProcessEntry? {
        ProcFile.read("/proc/\(pid)/stat", limit: 4096).flatMap { ProcessEntry(stat: $0) }
    }

    /// When a process began, a zombie too; nil if there is none.
    package static func startTime(of pid: Int32) -> UInt64? { self.entry(pid)?.startTime }

    /// What a process alone uses: its memory that no file stands behind (`RssAnon` in proc_pid_status(5)).
    package static func privateBytes(of pid: Int32) -> Int? {
        guard let status = ProcFile.read("/proc/\(pid)/status", limit: 64 << 10),
            let line = status.split(separator: UInt8(ascii: "\n")).first(where: {
                $0.starts(with: Array("RssAnon:".utf8))
            })
        else { return nil }
        let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return words.dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    /// The value of `TROUPE_OWNER` in the environment a process was started with.
    ///
    /// Nil for processes of other users, zombies, kernel threads, and those that were started without.
    package static func mark(of pid: Int32) -> String? {
        guard let environment = ProcFile.read("/proc/\(pid)/environ", limit: 4 * 1024 * 1024) else { return nil }
        let wanted = Array("\(OwnerMark.variable)=".utf8)
        for variable in environment.split(separator: 0) where variable.starts(with: wanted) {
            return String(decoding: variable.dropFirst(wanted.count), as: UTF8.self)
        }
        return nil
    }

    /// Everything below `pid`, itself left out, by parent pid.
    package func descendants(of pid: Int32) -> [ProcessEntry] {
        let children = Dictionary(grouping: self.entries.values, by: \.parent)
        var found: [ProcessEntry] = []
        var next = children[pid] ?? []
        while let entry = next.popLast() {
            found.append(entry)
            next += children[entry.pid] ?? []
        }
        return found
    }

    /// The processes whose mark is wanted, this process left out.
    package func marked(where isWanted: (String) -> Bool) -> [ProcessEntry] {
        self.entries.values.filter { entry in
            guard entry.pid != Self.ownPID, !entry.isZombie, let mark = Self.mark(of: entry.pid) else { return false }
            return isWanted(mark)
        }
    }

    /// Sends a signal unless the pid belongs to another process by now.
    ///
    /// Between the look and the signal lies a moment in which the kernel would have to use up all pids to fool it.
    @discardableResult
    package static func send(_ signal: Int32, to entry: ProcessEntry) -> Bool {
        guard self.startTime(of: entry.pid) == entry.startTime else { return false }
        return kill(entry.pid, signal) == 0
    }
}

/// Reads files whose size the kernel does not tell.
enum ProcFile {
    static func read(_ path: String, limit: Int) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var size = 4096
        while bytes.count < limit {
            var count = 0
            bytes.append(
                contentsOf: [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
                    count = Glibc.read(file, buffer.baseAddress, size)
                    initialized = max(0, count)
                }
            )
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? bytes : nil }
            size = 65536
        }
        return bytes
    }
}
