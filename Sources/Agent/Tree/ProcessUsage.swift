import Glibc

/// What one process has of the machine, as `/proc` has it at one moment (proc_pid_stat(5)).
package struct ProcessUsage: Sendable, Equatable {
    /// Memory that is in RAM, what it shares with others included.
    package let residentBytes: Int
    /// Processor time since it began, in user and kernel mode.
    package let processorTime: Duration

    /// Wrappers run in wrappers; a chain longer than this is none of ours.
    private static let maximumWrappers = 4

    /// Reads the text of `/proc/PID/stat`, whose second field may hold spaces and parentheses.
    init?(stat: [UInt8], ticksPerSecond: Int, pageBytes: Int) {
        guard let close = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = stat[(close + 1)...].split(separator: UInt8(ascii: " "))
        func number(_ index: Int) -> Int? { Int(String(decoding: fields[index], as: UTF8.self)) }
        // Fields 14 (utime), 15 (stime) and 24 (rss) of the whole.
        guard fields.count > 21, ticksPerSecond > 0, let user = number(11), let system = number(12),
            let pages = number(21)
        else { return nil }
        self.residentBytes = max(0, pages) * pageBytes
        self.processorTime = .milliseconds((user + system) * 1000 / ticksPerSecond)
    }

    /// Reads one process now, of a `bwrap` the process that it wraps; nil if there is none.
    package static func now(of pid: Int32) -> ProcessUsage? {
        var pid = pid
        for _ in 0..<Self.maximumWrappers {
            guard let stat = ProcFile.read("/proc/\(pid)/stat", limit: 4096) else { return nil }
            if Self.isWrapper(stat), let inner = Self.onlyChild(of: pid) {
                pid = inner
                continue
            }
            return ProcessUsage(stat: stat, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)), pageBytes: Int(getpagesize()))
        }
        return nil
    }

    private static func isWrapper(_ stat: [UInt8]) -> Bool {
        guard let open = stat.firstIndex(of: UInt8(ascii: "(")), let close = stat.lastIndex(of: UInt8(ascii: ")"))
        else { return false }
        return stat[open...close].elementsEqual("(bwrap)".utf8)
    }

    /// The child that the main thread of a process has started; bwrap has one thread and one child.
    private static func onlyChild(of pid: Int32) -> Int32? {
        guard let children = ProcFile.read("/proc/\(pid)/task/\(pid)/children", limit: 4096) else { return nil }
        return Int32(String(decoding: children.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self))
    }
}
