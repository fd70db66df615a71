package import Foundation

/// The recorded exchanges with the real CLI, one JSON object `{"dir","t","line"}` a line, and `index.json` with the command
/// lines and exit codes that belong to them.
package enum RecordedTranscripts {
    package static let folder = URL(filePath: Bundle.module.bundlePath).appending(path: "Transcripts")

    /// The recordings, `name.jsonl`, in order.
    package static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter { $0.hasSuffix(".jsonl") }.sorted()
    }
}
