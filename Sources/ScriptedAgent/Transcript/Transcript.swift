/// A recorded exchange, and how the process that was recorded ended.
struct Transcript {
    /// One line of the recording.
    enum Record {
        /// What the host wrote, or did.
        case host(HostEvent, at: Double)
        /// What the CLI printed.
        case line(JSON, at: Double)
    }

    /// The shape of what a host does, by which a live host's deeds are matched with the recorded ones.
    enum HostEvent: Equatable {
        case control(subtype: String, requestID: String)
        case user(uuid: String?)
        case response
        case badLine
        case endOfFile
        case signal(String)
        /// What the CLI never reacts to; not waited for.
        case ignored
    }

    /// In the order of the recording.
    let records: [Record]
    /// What `index.json` beside the transcript says: negative for a signal, nil when it does not list the file.
    let exitCode: Int32?
    /// What it wrote to stderr.
    let complaint: String

    /// Reads a transcript; nil when the file cannot be read.
    init?(path: String) {
        guard let bytes = Files.read(path) else { return nil }
        self.records = bytes.split(separator: 0x0A).compactMap { line in
            guard let record = JSONParser.parse(line), let content = record["line"] else { return nil }
            let time = record["t"]?.double ?? 0
            if record["dir"]?.text == "in" { return .host(Self.event(content), at: time) }
            return content["omitted_lines"] == nil ? .line(content, at: time) : nil
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let name = String(parts.last ?? "")
        let index = Files.read((parts.dropLast() + ["index.json"]).joined(separator: "/")).flatMap {
            JSONParser.parse($0)
        }
        var entry: JSON?
        if case .object(let scenarios)? = index {
            entry = scenarios.lazy.flatMap { $0.value["parts"]?.elements ?? [] }.first { $0["file"]?.text == name }
        }
        self.exitCode = entry?["exit"]?.integer.map { Int32($0) }
        self.complaint = entry?["stderr"]?.text ?? ""
    }

    /// The shape of one line of a host.
    static func event(_ line: JSON) -> HostEvent {
        if line["eof"] != nil { return .endOfFile }
        if let signal = line["signal"]?.text { return .signal(signal) }
        if let text = line["unparsed"]?.text {
            return text.allSatisfy { $0 == " " || $0 == "\r" } ? .ignored : .badLine
        }
        switch line["type"]?.text {
        case "control_request":
            let subtype = line["request"]?["subtype"]?.text ?? ""
            return .control(subtype: subtype, requestID: line["request_id"]?.text ?? "")
        case "user":
            return line["message"]?["role"]?.text == "user" ? .user(uuid: line["uuid"]?.text) : .badLine
        case "control_response": return .response
        default: return line == .null ? .badLine : .ignored
        }
    }
}
