import Glibc

/// The JSONL file in which a session outlives its process.
///
/// Kept as the CLI keeps it: `projects/<cwd with every other character replaced by ->/<session id>.jsonl` under the
/// configuration directory. Each append is one write, without fsync.
struct SessionFile {
    /// One remembered message.
    struct Message {
        var role: String
        var text: String
        var uuid: String
    }

    private static var projects: String { "\(Environment.configurationDirectory)/projects" }

    private let path: String

    /// The file of a session of that working directory; nothing is made before the first append.
    init(sessionID: String, workingDirectory: String) {
        let name = String(
            workingDirectory.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : Character("-") }
        )
        self.path = "\(Self.projects)/\(name)/\(sessionID).jsonl"
    }

    private init(path: String) {
        self.path = path
    }

    /// Whether the file is there.
    var exists: Bool { Files.exists(self.path) }

    /// The session's id, from the file's name.
    var sessionID: String {
        String(self.path.split(separator: "/").last?.dropLast(6) ?? "")
    }

    /// The file of that session in any project; also a path to one.
    static func find(_ id: String) -> SessionFile? {
        if id.hasSuffix(".jsonl") { return Files.exists(id) ? SessionFile(path: id) : nil }
        return Files.names(in: Self.projects).lazy
            .map { SessionFile(path: "\(Self.projects)/\($0)/\(id).jsonl") }
            .first { $0.exists }
    }

    /// The newest session of that working directory.
    static func newest(workingDirectory: String) -> SessionFile? {
        let own = SessionFile(sessionID: "x", workingDirectory: workingDirectory).path
        let folder = own.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" }
        return Files.names(in: folder)
            .filter { $0.hasSuffix(".jsonl") }
            .map { "\(folder)/\($0)" }
            .max { (Files.modificationTime($0) ?? 0) < (Files.modificationTime($1) ?? 0) }
            .map { SessionFile(path: $0) }
    }

    /// Every record, oldest first, without a torn last line.
    func records() -> [JSON] {
        (Files.read(self.path) ?? []).split(separator: 0x0A).compactMap { JSONParser.parse($0) }
    }

    /// Appends records with one write.
    func append(_ records: [JSON]) {
        let folder = self.path.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" }
        if !self.exists { Files.makeDirectories(folder) }
        let descriptor = open(self.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        for record in records {
            record.append(to: &bytes)
            bytes.append(0x0A)
        }
        Files.write(bytes, to: descriptor)
    }
}
