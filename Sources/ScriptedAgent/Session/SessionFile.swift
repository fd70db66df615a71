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
    /// Whether the last line is known to be whole.
    private var endsInNewline = false

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
        let folder = Files.folder(of: own)
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

    /// The messages of the conversation that ends with that message, oldest first; nil when there is no such message.
    ///
    /// The file is a tree by `uuid` and `parentUuid`; without a message named, its newest leaf is the conversation.
    static func branch(of records: [JSON], endingAt last: String? = nil) -> [JSON]? {
        var byUUID: [String: JSON] = [:]
        var newest: String?
        for record in records {
            guard let uuid = record["uuid"]?.text else { continue }
            byUUID[uuid] = record
            newest = uuid
        }
        var branch: [JSON] = []
        var next = last ?? newest
        while let uuid = next, let record = byUUID.removeValue(forKey: uuid) {
            branch.append(record)
            next = record["parentUuid"]?.text
        }
        return branch.isEmpty && last != nil ? nil : branch.reversed()
    }

    /// Makes the file with these records in it, all or none.
    func create(_ records: [JSON]) {
        Files.makeDirectories(Files.folder(of: self.path))
        Files.replace(self.path, with: Self.lines(records))
    }

    /// Appends records with one write; what a killed process left of a line is closed off first.
    mutating func append(_ records: [JSON]) {
        if !self.exists { Files.makeDirectories(Files.folder(of: self.path)) }
        let descriptor = open(self.path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        if !self.endsInNewline { Self.closeLine(of: descriptor) }
        self.endsInNewline = true
        Files.write(Self.lines(records), to: descriptor)
    }

    private static func closeLine(of descriptor: Int32) {
        var last: UInt8 = 0x0A
        let size = lseek(descriptor, 0, SEEK_END)
        if size > 0 { _ = pread(descriptor, &last, 1, size - 1) }
        if last != 0x0A { Files.write([0x0A], to: descriptor) }
    }

    private static func lines(_ records: [JSON]) -> [UInt8] {
        var bytes: [UInt8] = []
        for record in records {
            record.append(to: &bytes)
            bytes.append(0x0A)
        }
        return bytes
    }
}
