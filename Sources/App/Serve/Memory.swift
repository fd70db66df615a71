import Foundation

/// The machine's memory, as Linux tells it.
enum Memory {
    /// MiB that new processes could have without swapping (`MemAvailable` in proc(5)); `nil` where nobody says.
    static var availableMiB: Int? {
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return kibibytes / 1024
    }
}
