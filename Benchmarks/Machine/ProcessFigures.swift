import Foundation

/// What the kernel says of processes and of the machine (proc(5)).
enum ProcessFigures {
    /// CPU seconds of all living threads of a process, in user and kernel, to the nanosecond; 0 if it is gone.
    ///
    /// From `schedstat` of each thread, since `stat` counts in ticks of 10 ms.
    static func cpuSeconds(of pid: Int32) -> Double {
        let tasks = "/proc/\(pid)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        let nanoseconds = threads.reduce(UInt64(0)) { sum, thread in
            sum + (Self.text("\(tasks)/\(thread)/schedstat").split(separator: " ").first.flatMap { UInt64($0) } ?? 0)
        }
        return Double(nanoseconds) / 1e9
    }

    /// CPU seconds of this process.
    static var ownCPUSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Bytes of memory that only this process has and that no file backs.
    static func anonymousBytes(of pid: Int32) -> Int {
        self.kibibytes("Anonymous:", in: "/proc/\(pid)/smaps_rollup") * 1024
    }

    /// Bytes of memory that a process has mapped and present, shared or not.
    static func residentBytes(of pid: Int32) -> Int {
        self.kibibytes("Rss:", in: "/proc/\(pid)/smaps_rollup") * 1024
    }

    /// The children of a server that are agents: those that were told to speak the protocol.
    static func agents(of pid: Int32) -> Set<Int32> {
        let tasks = "/proc/\(pid)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        let children = threads.flatMap { thread in
            self.text("\(tasks)/\(thread)/children").split(separator: " ").compactMap { Int32($0) }
        }
        return Set(children.filter { self.text("/proc/\($0)/cmdline").contains("stream-json") })
    }

    static func threads(of pid: Int32) -> Int {
        self.kibibytes("Threads:", in: "/proc/\(pid)/status")
    }

    /// The machine's load of the last minute, which says how far to trust what stands beside it.
    static var loadAverage: Double {
        Double(self.text("/proc/loadavg").split(separator: " ").first ?? "") ?? 0
    }

    /// Processor, cores, memory and kernel in one line.
    static var machine: String {
        var system = utsname()
        uname(&system)
        let release = withUnsafeBytes(of: &system.release) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let processor = self.text("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
        let model = processor?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "processor"
        let gibibytes = self.kibibytes("MemTotal:", in: "/proc/meminfo") >> 20
        return "\(model), \(ProcessInfo.processInfo.activeProcessorCount) cores, \(gibibytes) GiB, Linux \(release)"
    }

    private static func kibibytes(_ key: String, in path: String) -> Int {
        let line = self.text(path).split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.dropFirst(key.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 0
    }

    private static func text(_ path: String) -> String {
        // Files of /proc have no size, so they are read to their end.
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.readToEnd() else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
