import Foundation

/// Compares what clients were told with what the agents ran and what the logs say.
struct SoakJudge {
    /// Messages that receipts said were handed back.
    let returned: Set<String>
    private(set) var complaints: [String] = []
    private(set) var figures: [String: Int] = [:]
    private var ran: [String: Int] = [:]

    init(directory: String, returned: Set<String>) {
        self.returned = returned
        for name in Processes.names(in: directory) where name.hasPrefix("ran-") {
            let bytes = FileManager.default.contents(atPath: "\(directory)/\(name)") ?? Data()
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                self.ran[String(line), default: 0] += 1
            }
        }
        for (token, count) in self.ran where count > 1 { self.complaints.append("\(token) ran \(count) times") }
        self.figures["ran"] = self.ran.count
    }

    mutating func judge(_ session: SoakSession) {
        var outcomes: [String: String] = [:]
        if let log = session.log { outcomes = self.judge(log, of: session) }
        for message in session.messages { self.judge(message, of: session, outcomes) }
        if session.log == nil, !session.isDeleted { self.complaints.append("\(session.id) has no log") }
    }

    /// What a reader saw must be what the log says, from its first event on.
    mutating func judge(_ read: SoakLog, of session: String, _ log: SoakLog?) {
        self.figures["events read", default: 0] += read.entries.count
        self.complaints += read.defects.map { "a reader of \(session): \($0)" }
        guard let log else { return }
        if read.entries.count > log.entries.count || read.entries != Array(log.entries.prefix(read.entries.count)) {
            let place = zip(read.entries, log.entries).first { $0 != $1 }
            self.complaints.append("a reader of \(session) saw what is not in the log: \(String(describing: place))")
        }
    }

    /// - Returns: The outcomes of its turns.
    private mutating func judge(_ log: SoakLog, of session: SoakSession) -> [String: String] {
        var open: Set<String> = []
        var outcomes: [String: String] = [:]
        var counts: [String: Int] = [:]
        self.complaints += log.defects.map { "the log of \(session.id): \($0)" }
        for entry in log.entries {
            let id = entry.data["id"].text ?? ""
            if let message = entry.data["message_id"].text { counts["\(entry.type) \(message)", default: 0] += 1 }
            switch entry.type {
            case "turn.started":
                if !open.insert(id).inserted || outcomes[id] != nil { self.complaints.append("\(id) started twice") }
            case "turn.ended":
                if open.remove(id) == nil { self.complaints.append("\(id) ended without a start, or twice") }
                outcomes[id] = entry.data["outcome"].text
            default: break
            }
        }
        for (what, count) in counts where count > 1 && !what.hasPrefix("message.queued") {
            self.complaints.append("\(what) \(count) times in \(session.id)")
        }
        for message in session.messages.compactMap(\.id) where counts["message.accepted \(message)"] != 1 {
            self.complaints.append("\(message) of \(session.id) was accepted, and the log does not say so")
        }
        if !open.isEmpty { self.complaints.append("turns of \(session.id) never ended: \(open)") }
        self.figures["turns", default: 0] += outcomes.count
        return outcomes
    }

    private mutating func judge(_ message: SoakMessage, of session: SoakSession, _ outcomes: [String: String]) {
        let runs = message.tokens.reduce(0) { $0 + (self.ran[$1] ?? 0) }
        let outcome = message.turn.flatMap { outcomes[$0] }
        let what = "\(message.tokens) \(message.id ?? "") of \(session.id), \(message.state), turn \(outcome ?? "-")"
        for token in message.discarded where self.ran[token] != nil {
            self.complaints.append("\(token) ran, which was refused or edited away: \(what)")
        }
        guard let id = message.id else { return }
        self.figures[message.state.isEmpty ? "not looked at" : message.state, default: 0] += 1
        if runs > 1 { self.complaints.append("ran \(runs) times: \(what)") }
        // Whose session was deleted by a server that then died, nobody can ask about.
        if message.state.isEmpty, session.isDeleted { return }
        if !message.isFinal { self.complaints.append("has no end: \(what)") }
        if ["returned", "cancelled"].contains(message.state), runs > 0 { self.complaints.append("ran: \(what)") }
        if message.state == "consumed", session.log != nil, outcome == nil {
            self.complaints.append("consumed by no turn: \(what)")
        }
        if message.state == "consumed", outcome == "completed", runs != 1 {
            self.complaints.append("ran \(runs) times: \(what)")
        }
        if message.promise == .cancelled, message.state != "cancelled" {
            self.complaints.append("cancelled, said the answer: \(what)")
        }
        if self.returned.contains(id), message.state != "returned" {
            self.complaints.append("returned, said the receipt: \(what)")
        }
    }
}
