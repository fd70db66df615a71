import Foundation

/// What a server holds: its memory and its descriptors, as `/proc` tells them.
struct Vitals: CustomStringConvertible {
    /// Resident memory, in KiB.
    let memory: Int
    let descriptors: Int

    /// Those of a process now.
    init(of pid: Int32) {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        self.memory = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        self.descriptors = Processes.names(in: "/proc/\(pid)/fd").count
    }

    var description: String { "\(self.memory / 1024) MiB, \(self.descriptors) descriptors" }
}
