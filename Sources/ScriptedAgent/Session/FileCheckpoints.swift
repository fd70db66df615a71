import Glibc

/// What the files were like before each prompt changed them, to be put back by `rewind_files`.
///
/// Only while `CLAUDE_CODE_ENABLE_SDK_FILE_CHECKPOINTING` is on; then the tools that write files do it in earnest.
struct FileCheckpoints {
    /// The content of a file at one time; nil is that there was none.
    private typealias Content = [UInt8]?

    /// What a prompt began with.
    private struct Point {
        var message: String
        var before: [(path: String, content: Content)] = []
    }

    let isEnabled = Environment.isOn("CLAUDE_CODE_ENABLE_SDK_FILE_CHECKPOINTING")
    private var points: [Point] = []

    /// Takes up what earlier processes recorded of a session.
    init(records: [JSON] = []) {
        for record in records {
            guard let message = record["messageId"]?.text else { continue }
            if self.points.last?.message != message { self.points.append(Point(message: message)) }
            guard let path = record["path"]?.text else { continue }
            let content = record["content"]?.text.map { Array($0.utf8) }
            self.points[self.points.count - 1].before.append((path, content))
        }
    }

    /// Begins what a prompt changes; what to record of that.
    mutating func begin(message: String) -> JSON? {
        guard self.isEnabled else { return nil }
        self.points.append(Point(message: message))
        return ["type": "file-history-snapshot", "messageId": .string(message)]
    }

    /// Keeps a file that is about to be changed; what to record, nil when this prompt has changed it before.
    mutating func keep(_ path: String) -> JSON? {
        guard self.isEnabled, let point = self.points.last, !point.before.contains(where: { $0.path == path }) else {
            return nil
        }
        let content = Files.read(path)
        self.points[self.points.count - 1].before.append((path, content))
        return [
            "type": "file-history-snapshot", "messageId": .string(point.message), "path": .string(path),
            "content": JSON(content.map { String(decoding: $0, as: UTF8.self) }),
        ]
    }

    /// Puts back what has changed since that message, or only says what would; the answer, nil when it is not known.
    func rewind(to message: String, isDryRun: Bool) -> JSON? {
        guard let first = self.points.firstIndex(where: { $0.message == message }) else { return nil }
        var wanted: [(path: String, content: Content)] = []
        for change in self.points[first...].flatMap(\.before)
        where !wanted.contains(where: { $0.path == change.path }) { wanted.append(change) }
        wanted.removeAll { Files.read($0.path) == $0.content }
        guard isDryRun else {
            for (path, content) in wanted {
                if let content { Files.replace(path, with: content, mode: 0o644) } else { unlink(path) }
            }
            return ["canRewind": true, "skippedLinks": 0]
        }
        let differences = wanted.map { change in
            Self.lines(change.content).difference(from: Self.lines(Files.read(change.path)))
        }
        return [
            "canRewind": true, "filesChanged": JSON(wanted.map(\.path)),
            "insertions": JSON(differences.reduce(0) { $0 + $1.insertions.count }),
            "deletions": JSON(differences.reduce(0) { $0 + $1.removals.count }),
        ]
    }

    private static func lines(_ content: Content) -> [ArraySlice<UInt8>] {
        content?.split(separator: 0x0A) ?? []
    }
}
