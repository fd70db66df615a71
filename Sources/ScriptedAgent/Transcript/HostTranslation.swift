/// Turns the ids of a recording into those of the live host.
struct HostTranslation {
    private var requests: [String: String] = [:]
    private var uuids: [String: String] = [:]
    private let sessionID: String?
    private var recordedSessionID: String?

    /// `sessionID` is the id that the host chose, if it chose one.
    init(sessionID: String?) {
        self.sessionID = sessionID
    }

    /// Remembers that the live event stands for the recorded one.
    mutating func match(_ recorded: Transcript.HostEvent, _ live: Transcript.HostEvent) {
        switch (recorded, live) {
        case (.control(_, let old), .control(_, let new)): self.requests[old] = new
        case (.user(let old?), .user(let new?)): self.uuids[old] = new
        default: break
        }
    }

    /// The recorded line as the live host has to see it.
    mutating func translate(_ line: JSON) -> JSON {
        if self.recordedSessionID == nil { self.recordedSessionID = line["session_id"]?.text }
        var names = self.uuids
        if let recorded = self.recordedSessionID, let sessionID = self.sessionID { names[recorded] = sessionID }
        var line = names.isEmpty ? line : line.mapStrings { names[$0] ?? $0 }
        if line["type"]?.text == "control_response", var response = line["response"],
            let request = response["request_id"]?.text.flatMap({ self.requests[$0] })
        {
            response["request_id"] = .string(request)
            line["response"] = response
        }
        return line
    }
}
