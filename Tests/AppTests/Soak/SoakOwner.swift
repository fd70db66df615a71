import TestSupport

/// A client that makes sessions and sends to them; nobody else does, so it knows what must become of each message.
struct SoakOwner {
    /// The server remembers the fate of 256 messages a session; one that has had this many is replaced.
    private static let maximumMessages = 150

    let number: Int
    let client: SoakClient
    private(set) var sessions: [SoakSession] = []
    /// Deleted ones.
    private(set) var past: [SoakSession] = []
    private var random: SeededGenerator
    private var tokens = 0
    private var names = 0

    private var board: SoakBoard { self.client.board }
    private var house: SoakHouse { self.client.house }

    init(number: Int, client: SoakClient, seed: UInt64) {
        self.number = number
        self.client = client
        self.random = SeededGenerator(seed: seed, stream: number)
    }

    /// Makes its sessions.
    mutating func settleIn(_ count: Int) async throws {
        for _ in 0..<count { try await self.create() }
    }

    /// Works as long as the board says so.
    mutating func work() async throws {
        while self.board.isLoading {
            let place = self.random.number(0...(self.sessions.count - 1))
            switch self.random.number(0..<100) {
            case 0..<62: try await self.send(place)
            case 62..<74: try await self.cancel(place)
            case 74..<86: try await self.edit(place)
            case 86..<92: try await self.rename(place)
            case 92..<95: try await self.fork(place)
            default: try await self.replace(place)
            }
            if self.sessions[place].messages.count > Self.maximumMessages { try await self.replace(place) }
            // Paces the load.
            try await Task.sleep(for: .milliseconds(self.random.number(0...40)))
        }
    }

    /// Waits until every message has its end and nothing moves any more, then reads the logs.
    mutating func settle() async throws {
        let deadline = ContinuousClock.now + SoakClient.patience
        for place in self.sessions.indices {
            while try await !self.isSettled(place) {
                guard ContinuousClock.now < deadline else {
                    let session = self.sessions[place]
                    let open = session.messages.filter { $0.id != nil && !$0.isFinal }.map {
                        "\($0.id ?? "") \($0.state)"
                    }
                    let summary = try await self.client.ask("GET", "/v1/sessions/\(session.id)").json
                    self.board.complain("\(session.id) does not settle: \(open), \(summary)")
                    break
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Reads the logs of what is left, once nothing moves.
    mutating func readLogs() async throws {
        for place in self.sessions.indices {
            self.sessions[place].log = try await SoakLog.read(self.sessions[place].id, self.client)
        }
    }

    // MARK: Actions

    private mutating func create() async throws {
        self.names += 1
        let name = "\(self.number)-\(self.names)"
        let answer = try await self.client.ask("POST", "/v1/sessions", ["name": .text(name)], key: "create-\(name)")
        guard answer.status == 201, let id = answer.json["id"].text else {
            return self.board.complain("no session: \(answer.status) \(answer.json)")
        }
        self.house.promised(.created)
        self.take(id, name)
    }

    private mutating func take(_ id: String, _ name: String?) {
        self.sessions.append(SoakSession(id: id, file: "\(self.house.directory.path)/ran-\(id)", name: name))
        self.board.born(id)
    }

    private mutating func send(_ place: Int, delivery: String? = nil, text: String? = nil) async throws {
        let token = self.token()
        let delivery = delivery ?? self.random.one(of: ["queue", "queue", "queue", "steer", "interrupt"])
        let rest = text ?? self.rest(token)
        let content = self.content(token, self.sessions[place].file) + rest
        let body: JSON = ["content": .text(content), "delivery": .text(delivery)]
        let path = "/v1/sessions/\(self.sessions[place].id)"
        let answer = try await self.client.ask("POST", "\(path)/messages", body, key: token)
        if answer.status == 202 { self.house.promised(.accepted) }
        self.board.count("\(delivery) \(answer.status)")
        var message = SoakMessage(tokens: [token])
        message.id = answer.json["message_id"].text
        if answer.status != 202 {
            message = SoakMessage(tokens: [], discarded: [token])
            // One whose agent died too often takes nothing until somebody says so.
            let code = answer.json["code"].text ?? ""
            if code == "session_failed" {
                _ = try await self.client.ask("POST", "\(path)/wake")
            } else if code != "queue_full" {
                self.board.complain("\(answer.status) \(code) to a message for \(path)")
            }
        }
        self.sessions[place].messages.append(message)
    }

    private mutating func cancel(_ place: Int) async throws {
        let waiting = try await self.sendAhead(place)
        guard let id = self.sessions[place].messages[waiting].id else { return }
        let answer = try await self.client.ask("DELETE", "/v1/sessions/\(self.sessions[place].id)/queue/\(id)")
        if answer.status == 204 {
            self.house.promised(.cancelled)
            self.sessions[place].messages[waiting].promise = .cancelled
        }
        self.board.count("cancel \(answer.status)")
    }

    private mutating func edit(_ place: Int) async throws {
        let waiting = try await self.sendAhead(place)
        guard let id = self.sessions[place].messages[waiting].id else { return }
        let token = self.token()
        var body: [String: JSON] = ["content": .text(self.content(token, self.sessions[place].file))]
        if self.random.number(0...1) == 0 { body["position"] = 1 }
        let path = "/v1/sessions/\(self.sessions[place].id)/queue/\(id)"
        let answer = try await self.client.ask("PATCH", path, .object(body))
        self.board.count("edit \(answer.status)")
        if answer.status == 200 {
            self.house.promised(.edited)
            let old = self.sessions[place].messages[waiting].tokens
            self.sessions[place].messages[waiting].discarded += old
            self.sessions[place].messages[waiting].tokens = [token]
        } else if answer.wasCut {
            self.sessions[place].messages[waiting].tokens.append(token)
        } else {
            self.sessions[place].messages[waiting].discarded.append(token)
        }
    }

    /// Sends a prompt that takes its time and one that will wait behind it; gives the place of that one.
    private mutating func sendAhead(_ place: Int) async throws -> Int {
        try await self.send(place, delivery: "queue", text: "\necho 30 100")
        try await self.send(place, delivery: "queue", text: "")
        return self.sessions[place].messages.count - 1
    }

    private mutating func rename(_ place: Int) async throws {
        let name = "\(self.number) \(self.token())"
        let answer = try await self.client.ask(
            "PATCH",
            "/v1/sessions/\(self.sessions[place].id)",
            ["name": .text(name)]
        )
        guard answer.status == 200 else { return self.board.complain("\(answer.status) to a new name") }
        self.house.promised(.renamed)
        self.sessions[place].name = name
    }

    private mutating func fork(_ place: Int) async throws {
        let key = "fork-\(self.token())"
        let name = self.sessions[place].name
        let answer = try await self.client.ask("POST", "/v1/sessions/\(self.sessions[place].id)/fork", [:], key: key)
        self.board.count("fork \(answer.status)")
        guard answer.status == 201, let id = answer.json["id"].text else { return }
        self.house.promised(.forked)
        self.take(id, name)
    }

    /// Deletes a session, looks at what became of its messages, and makes another.
    private mutating func replace(_ place: Int) async throws {
        var session = self.sessions.remove(at: place)
        self.board.gone(session.id)
        let answer = try await self.client.ask("DELETE", "/v1/sessions/\(session.id)")
        // One that a dying server deleted is forgotten by the next.
        if answer.status != 204, !(answer.status == 404 && answer.wasCut) {
            self.board.complain("\(answer.status) to DELETE of \(session.id)")
        }
        self.house.promised(.deleted)
        self.board.count("delete \(answer.status)")
        session.isDeleted = true
        for message in session.messages.indices where session.messages[message].id != nil {
            guard try await self.look(&session, message) else { break }
        }
        session.log = try await SoakLog.read(session.id, self.client)
        self.past.append(session)
        try await self.create()
    }

    // MARK: Steps

    private mutating func isSettled(_ place: Int) async throws -> Bool {
        for message in self.sessions[place].messages.indices {
            let known = self.sessions[place].messages[message]
            guard known.id != nil, !known.isFinal else { continue }
            guard try await self.look(&self.sessions[place], message) else {
                self.board.complain("\(known.id ?? "") of \(self.sessions[place].id) is lost")
                self.sessions[place].messages[message].state = "unknown"
                continue
            }
            guard self.sessions[place].messages[message].isFinal else { return false }
        }
        let summary = try await self.client.ask("GET", "/v1/sessions/\(self.sessions[place].id)")
        guard summary.status == 200 else {
            self.board.complain("\(self.sessions[place].id) is lost: \(summary.status)")
            return true
        }
        if summary.json["name"].text != self.sessions[place].name {
            self.board.complain("\(self.sessions[place].id) has the name of before: \(summary.json["name"])")
            self.sessions[place].name = summary.json["name"].text
        }
        let states = ["idle", "hibernated", "failed"]
        return states.contains(summary.json["state"].text ?? "") && summary.json["queue_length"].integer == 0
    }

    /// Asks what became of a message; false when the server knows neither it nor, perhaps, its session.
    private func look(_ session: inout SoakSession, _ message: Int) async throws -> Bool {
        let id = session.messages[message].id ?? ""
        let answer = try await self.client.ask("GET", "/v1/sessions/\(session.id)/messages/\(id)")
        guard answer.status == 200 else { return false }
        session.messages[message].state = answer.json["state"].text ?? ""
        session.messages[message].turn = answer.json["turn"].text
        return true
    }

    private mutating func token() -> String {
        self.tokens += 1
        return "T\(self.number)-\(self.tokens)"
    }

    /// The part of a prompt that leaves a trace.
    private func content(_ token: String, _ file: String) -> String {
        #"tool:Bash {"command":"echo \#(token) >> \#(file)"}"#
    }

    /// What a prompt does beside; an answer that never comes is asked for with the word.
    private mutating func rest(_ token: String) -> String {
        switch self.random.number(0..<100) {
        case 0..<55: ""
        case 55..<75: "\necho 40 100"
        case 75..<82: "\necho 200 100"
        case 82..<88: "\npermission Write {\"file_path\":\"/dev/null\",\"content\":\"\(token)\"}"
        case 88..<93: "\nask is this \(token)?"
        case 93..<95: "\npermission Write {\"file_path\":\"/dev/null\",\"content\":\"never \(token)\"}"
        case 95..<98: "\ncrash 3"
        default: "\nwait 300"
        }
    }
}
