import Testing

/// One session, as a client drives it.
struct SessionClient {
    let server: ServerProcess
    let id: String

    var path: String { "/v1/sessions/\(self.id)" }

    /// The session as the server shows it.
    func summary() async throws -> JSON {
        try await self.server.request("GET", self.path).json
    }

    /// The same session behind another server.
    func on(_ server: ServerProcess) -> SessionClient {
        SessionClient(server: server, id: self.id)
    }

    /// Any request below the session's path.
    @discardableResult
    func request(
        _ method: String,
        _ suffix: String = "",
        _ body: JSON? = nil,
        headers: [String: String] = [:]
    ) async throws -> HTTPResponse {
        try await self.server.request(method, self.path + suffix, body, headers: headers)
    }

    /// Waits until the session is in that state, and gives it.
    @discardableResult
    func summary(in state: JSON, within limit: Duration = .seconds(40)) async throws -> JSON {
        let deadline = ContinuousClock.now + limit
        var summary = try await self.summary()
        while summary["state"] != state {
            guard ContinuousClock.now < deadline else {
                throw Timeout("state \(state) but \(summary["state"])", after: limit)
            }
            try await Task.sleep(for: .milliseconds(20))
            summary = try await self.summary()
        }
        return summary
    }

    /// Gives the process back.
    func hibernate() async throws {
        let response = try await self.request("POST", "/hibernate")
        try #require(response.status == 200, "\(response.text)")
        #expect(try response.json["state"] == "hibernated")
    }

    /// What has become of a message.
    func message(_ id: String?) async throws -> JSON {
        try await self.request("GET", "/messages/\(try #require(id))").json
    }

    /// The process that runs now.
    func processID() async throws -> Int32 {
        try await waitForProcess("process of the session") { $0 }
    }

    /// Waits until the process is another one than `old`, and gives it.
    func processID(after old: Int32) async throws -> Int32 {
        try await waitForProcess("new process of the session") { $0 == old ? nil : $0 }
    }

    /// Sends a prompt without waiting for its turn.
    @discardableResult
    func send(_ text: String, delivery: JSON = "queue") async throws -> JSON {
        let response = try await self.request("POST", "/messages", ["content": .text(text), "delivery": delivery])
        try #require(response.status == 202, "\(response.text)")
        return try response.json
    }

    /// Sends a prompt and waits for its turn; gives the data of `turn.ended`.
    func run(_ text: String, within limit: Duration = .seconds(60)) async throws -> JSON {
        let response = try await self.server.request(
            "POST",
            "\(self.path)/messages",
            ["content": .text(text), "wait_ms": .number(limit / .milliseconds(1))],
            within: limit + .seconds(5)
        )
        try #require(response.status == 200, "\(response.text)")
        return try response.json
    }

    /// Sends a prompt whose own turn is streamed in the answer.
    func streamTurn(_ text: String) async throws -> EventStream {
        try await EventStream(
            HTTPExchange(
                port: self.server.port,
                "POST",
                "\(self.path)/messages",
                headers: self.server.authorization.merging(["Accept": "text/event-stream"]) { $1 },
                body: ["content": .text(text)]
            )
        )
    }

    /// Stops the turn; gives the receipt.
    func interrupt(within limit: Duration = .seconds(30)) async throws -> JSON {
        let response = try await self.server.request("POST", "\(self.path)/interrupt", within: limit)
        try #require(response.status == 200, "\(response.text)")
        return try response.json
    }

    /// Ends the session; the answer comes when nothing of it is left.
    func end() async throws {
        let response = try await self.server.request("DELETE", self.path)
        #expect(response.status == 204, "\(response.text)")
    }

    /// Attaches a stream, by default from the first event on.
    func stream(after cursor: String? = "earliest") async throws -> EventStream {
        let query = cursor.map { "?after=\($0)" } ?? ""
        let stream = try await EventStream(
            HTTPExchange(
                port: self.server.port,
                "GET",
                "\(self.path)/events\(query)",
                headers: self.server.authorization.merging(["Accept": "text/event-stream"]) { $1 }
            )
        )
        _ = try await stream.next("stream.synced")
        return stream
    }

    private func waitForProcess(_ what: String, _ isWanted: (Int32) -> Int32?) async throws -> Int32 {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            let pid = try await self.summary()["process"]["pid"].integer
            if let wanted = pid.flatMap({ isWanted(Int32($0)) }) { return wanted }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Timeout(what, after: .seconds(20))
    }
}
