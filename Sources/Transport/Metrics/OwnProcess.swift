import Foundation

/// What `/proc` says of this process (proc_pid_stat(5)).
struct OwnProcess: Sendable {
    let cpuSeconds: Double
    let residentBytes: Int
    let virtualBytes: Int
    let openFiles: Int
    let maximumFiles: Int
    /// Since 1970.
    let startSeconds: Double

    /// Reads it now; blocking, well under a millisecond.
    ///
    /// - Returns: `nil` where there is no such thing.
    static func figures() -> OwnProcess? {
        guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let close = stat.lastIndex(of: ")")
        else { return nil }
        // From field 3 on; the second may hold spaces.
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
            let start = Double(fields[19]), let size = Int(fields[20]), let pages = Int(fields[21]), ticks > 0
        else { return nil }
        var limit = rlimit()
        let files = __rlimit_resource_t(7)  // RLIMIT_NOFILE on Linux
        return OwnProcess(
            cpuSeconds: (user + system) / ticks,
            residentBytes: pages * Int(sysconf(Int32(_SC_PAGESIZE))),
            virtualBytes: size,
            openFiles: (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0,
            maximumFiles: getrlimit(files, &limit) == 0 ? Int(clamping: limit.rlim_cur) : 0,
            startSeconds: (Self.bootSeconds ?? 0) + start / ticks
        )
    }

    /// When the machine started (`btime` in proc_stat(5)).
    private static let bootSeconds: Double? = {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8) else { return nil }
        return text.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }()
}
