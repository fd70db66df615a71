/// What was said in a session so far, in memory and on disk.
struct Conversation {
    private(set) var sessionID: String
    /// The prompts of the session, oldest first.
    private(set) var prompts: [String] = []
    /// Characters said by both sides; the stand-in for the size of the context.
    private(set) var characters = 0
    /// What the session had cost when it was taken up.
    private(set) var carriedUsage: [String: Usage] = [:]

    private let workingDirectory: String
    private let isKept: Bool
    private var file: SessionFile
    private var lastUUID: String?

    /// A new session.
    init(sessionID: String, workingDirectory: String, isKept: Bool) {
        self.sessionID = sessionID
        self.workingDirectory = workingDirectory
        self.isKept = isKept
        self.file = SessionFile(sessionID: sessionID, workingDirectory: workingDirectory)
    }

    /// The session of an old file; with another id it is a copy, the original stays as it is.
    ///
    /// `cut` is the uuid of the last message to remember.
    init(file: SessionFile, sessionID: String, workingDirectory: String, isKept: Bool, cut: String?) {
        self.init(sessionID: sessionID, workingDirectory: workingDirectory, isKept: isKept)
        var records = file.records()
        if let cut, let last = records.firstIndex(where: { $0["uuid"]?.text == cut }) {
            records.removeSubrange((last + 1)...)
        }
        if sessionID == file.sessionID {
            self.file = file
        } else {
            records = records.map { record in
                var copy = record
                copy["sessionId"] = .string(sessionID)
                return copy
            }
            if isKept { self.file.append(records) }
        }
        for record in records { self.remember(record) }
    }

    private mutating func remember(_ record: JSON) {
        if record["type"]?.text == "scripted-usage" {
            guard case .object(let members)? = record["models"] else { return }
            self.carriedUsage = Dictionary(
                members.map { ($0.name, Usage(record: $0.value)) },
                uniquingKeysWith: { $1 }
            )
            return
        }
        guard let role = record["message"]?["role"]?.text, let content = record["message"]?["content"] else { return }
        self.lastUUID = record["uuid"]?.text ?? self.lastUUID
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

    /// Records what the session has cost.
    func record(usage: [String: Usage]) {
        guard self.isKept else { return }
        let models = usage.sorted { $0.key < $1.key }.map { JSON.Member(name: $0.key, value: $0.value.record) }
        self.file.append([["type": "scripted-usage", "models": .object(models)]])
    }

    private mutating func append(role: String, content: JSON, uuid: String) {
        defer { self.lastUUID = uuid }
        guard self.isKept else { return }
        self.file.append([
            [
                "parentUuid": JSON(self.lastUUID), "isSidechain": false, "type": .string(role),
                "message": ["role": .string(role), "content": content], "uuid": .string(uuid),
                "timestamp": .string(Clock.timestamp), "cwd": .string(self.workingDirectory),
                "sessionId": .string(self.sessionID), "version": "2.1.329",
            ]
        ])
    }
}
