/// What was said in a session so far, in memory and on disk.
struct Conversation {
    private(set) var sessionID: String
    /// The prompts of the session, oldest first; after a compaction its summary is the first.
    private(set) var prompts: [String] = []
    /// Characters said by both sides; the stand-in for the size of the context.
    private(set) var characters = 0
    /// What the session had cost when it was taken up.
    private(set) var carriedUsage: [String: Usage] = [:]
    /// What `record(change:)` was given, also in earlier processes.
    private(set) var changes: [JSON] = []
    /// The newest message.
    private(set) var lastUUID: String?

    private let workingDirectory: String
    private let isKept: Bool
    private var file: SessionFile
    /// What a fork has of its original, until it is written with the first message of its own.
    private var inherited: [JSON] = []

    /// A new session.
    init(sessionID: String, workingDirectory: String, isKept: Bool) {
        self.sessionID = sessionID
        self.workingDirectory = workingDirectory
        self.isKept = isKept
        self.file = SessionFile(sessionID: sessionID, workingDirectory: workingDirectory)
    }

    /// The session of an old file; with another id it is a copy, the original stays as it is.
    ///
    /// `cut` is the uuid of the last message to remember; nil comes out when there is no such message.
    init?(file: SessionFile, sessionID: String, workingDirectory: String, isKept: Bool, cut: String?) {
        self.init(sessionID: sessionID, workingDirectory: workingDirectory, isKept: isKept)
        let records = file.records()
        guard let branch = SessionFile.branch(of: records, endingAt: cut) else { return nil }
        let others = records.filter { $0["uuid"] == nil }
        if sessionID == file.sessionID {
            self.file = file
        } else {
            self.inherited = (branch + others).map { record in
                var copy = record
                if copy["sessionId"] != nil { copy["sessionId"] = .string(sessionID) }
                return copy
            }
        }
        for record in others { self.take(record) }
        for record in branch { self.remember(record) }
    }

    private mutating func take(_ record: JSON) {
        switch record["type"]?.text {
        case "scripted-usage":
            guard case .object(let members)? = record["models"] else { return }
            self.carriedUsage = Dictionary(
                members.map { ($0.name, Usage(record: $0.value)) },
                uniquingKeysWith: { $1 }
            )
        case "file-history-snapshot": self.changes.append(record)
        default: break
        }
    }

    private mutating func remember(_ record: JSON) {
        self.lastUUID = record["uuid"]?.text ?? self.lastUUID
        guard let role = record["message"]?["role"]?.text, let content = record["message"]?["content"] else { return }
        let text = Prompt.text(of: content)
        self.characters += text.utf8.count
        if role == "user", case .string = content { self.prompts.append(text) }
    }

    /// Adds a prompt.
    mutating func add(prompt text: String, uuid: String) {
        self.prompts.append(text)
        self.characters += text.utf8.count
        self.append(role: "user", content: .string(text), uuid: uuid)
    }

    /// Adds a message of the agent, or a tool's result (a user message with blocks).
    mutating func add(role: String, content: JSON, uuid: String) {
        self.characters += Prompt.text(of: content).utf8.count
        self.append(role: role, content: content, uuid: uuid)
    }

    /// Puts a summary in the place of all that was said.
    mutating func compact(summary: String, uuid: String, boundary: String) {
        self.write([
            "parentUuid": .null, "logicalParentUuid": JSON(self.lastUUID), "type": "system",
            "subtype": "compact_boundary", "uuid": .string(boundary), "timestamp": .string(Clock.timestamp),
            "sessionId": .string(self.sessionID),
        ])
        self.lastUUID = boundary
        self.prompts = []
        self.characters = 0
        self.add(prompt: summary, uuid: uuid)
    }

    /// Records what the session has cost; nothing for a session in which nothing was said.
    mutating func record(usage: [String: Usage]) {
        guard self.lastUUID != nil, self.inherited.isEmpty, !usage.isEmpty else { return }
        let models = usage.sorted { $0.key < $1.key }.map { JSON.Member(name: $0.key, value: $0.value.record) }
        self.write(["type": "scripted-usage", "models": .object(models)])
    }

    /// Records a change of a file, to be undone later: what `FileCheckpoints` makes.
    mutating func record(change: JSON) {
        self.write(change)
    }

    private mutating func append(role: String, content: JSON, uuid: String) {
        self.write([
            "parentUuid": JSON(self.lastUUID), "isSidechain": false, "type": .string(role),
            "message": ["role": .string(role), "content": content], "uuid": .string(uuid),
            "timestamp": .string(Clock.timestamp), "cwd": .string(self.workingDirectory),
            "sessionId": .string(self.sessionID), "version": "2.1.329",
        ])
        self.lastUUID = uuid
    }

    private mutating func write(_ record: JSON) {
        guard self.isKept else { return }
        guard !self.inherited.isEmpty else {
            self.file.append([record])
            return
        }
        self.file.create(self.inherited + [record])
        self.inherited = []
    }
}
