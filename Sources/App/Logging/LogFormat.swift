import Foundation

/// How log lines are written.
enum LogFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// One JSON object a line, for programs.
    case json

    /// - Parameters:
    ///   - name: `text`, `json`, or anything else for what suits the output.
    ///   - descriptor: where the lines go; text on a terminal, JSON otherwise.
    init(_ name: String, for descriptor: Int32) {
        self = LogFormat(rawValue: name) ?? (isatty(descriptor) == 1 ? .text : .json)
    }
}
