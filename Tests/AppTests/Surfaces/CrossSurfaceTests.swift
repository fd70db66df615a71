import Testing

/// One session, driven through the APIs of three systems and the native one: one log, one process.
@Suite(.timeLimit(.minutes(15)))
struct CrossSurfaceTests {
    /// What a reader over WebSocket sees, all of it and in order.
    private final class Follower {
        let socket: WebSocketClient
        private(set) var events: [JSON] = []

        init(_ socket: WebSocketClient) {
            self.socket = socket
        }

        /// Reads on to an event that is wanted.
        @discardableResult
        func next(_ type: String, _ isWanted: (JSON) -> Bool = { _ in true }) async throws -> JSON {
            while true {
                let event = try await self.socket.next { _ in true }
                self.events.append(event)
                if event["type"].text == type, isWanted(event["data"]) { return event }
            }
        }

        /// The numbers of the durable events.
        var numbers: [Int] {
            self.events.compactMap { event in
                guard event["durable"] == true, let id = event["id"].text?.split(separator: ".").last else {
                    return nil
                }
                return Int(id)
            }
        }
    }

    private static func drive(_ server: ServerProcess) async throws {
        // Made as the FastAPI server's client makes it.
        let started = try await server.request("POST", "/session/start", ["initial_prompt": "say one"])
        try #require(started.status == 200, "\(started.text)")
        #expect(try started.json["initial_response"] == "one")
        let id = try #require(try started.json["session_id"].text)
        let session = SessionClient(server: server, id: id)
        let pid = try await session.processID()

        // Followed natively, from its beginning.
        let follower = try await Follower(
            WebSocketClient(port: server.port, path: "/v1/sessions/\(id)/ws?after=earliest")
        )
        try await follower.next("turn.ended") { $0["result"] == "one" }

        // Asked as claude-code-api's client asks it.
        let chat = "/api/v1/sessions/\(id)/chat"
        let said = try await server.request("POST", chat, ["message": "say two"])
        #expect(said.status == 200, "\(said.text)")
        #expect(try said.json["data"]["content"] == "two")
        try await follower.next("turn.ended") { $0["result"] == "two" }

        // Interrupted natively, over another socket, while that client waits.
        let control = try await WebSocketClient(port: server.port, path: "/v1/sessions/\(id)/ws?after=latest")
        let endless = try await HTTPExchange(
            port: server.port,
            "POST",
            chat,
            headers: server.authorization,
            body: ["message": "forever 20"]
        )
        try await follower.next("agent.stream_event") { $0["event"]["delta"]["text"].text != nil }
        let receipt = try await control.ask(1, ["op": "interrupt"])
        #expect(receipt["ok"] == true && receipt["outcome"] == "interrupted", "\(receipt)")
        try await follower.next("turn.ended") { $0["outcome"] == "interrupted" }
        try await waitUntil("answer to who waited") { endless.isComplete }
        try await endless.close()

        // Listed and read as mcp-coding-agents' client does.
        let root = "/compat/mcpapi/api/v1/sessions"
        let list = try await server.request("GET", root).json
        #expect(list["sessions"].elements.map { $0["sessionId"].text } == [id])
        let history = try await server.request("GET", "\(root)/\(id)/messages").json["messages"].elements
        let prompts = history.filter { $0["source"] == "user" }.map { message in
            message["content"]["message"]["content"][0]["text"].text
        }
        #expect(prompts == ["say one", "say two", "forever 20"])
        let asked = try await server.request("POST", "\(root)/\(id)/messages", ["prompt": "say three"])
        #expect(try asked.json["response"] == "three")
        try await follower.next("turn.ended") { $0["result"] == "three" }

        // One log without holes, one process.
        #expect(follower.numbers == Array(1...follower.numbers.count))
        #expect(try await session.processID() == pid)
        #expect(try await session.summary()["process"]["restarts"] == 0)
        #expect(try await server.request("GET", "/v1/sessions").json["total"] == 1)

        // Ended on the path that several of them have.
        #expect(try await server.request("DELETE", "/api/v1/sessions/\(id)").status == 204)
        try await follower.next("session.ended")
        #expect(try await server.request("GET", root).json["total"] == 0)
    }

    @Test func `a session is driven through four APIs`() async throws {
        try await withServer { try await Self.drive($0) }
    }

    @Test(.enabled(if: Programs.claude != nil, "There is no CLI to test with; Scripts/fetch-claude fetches it."))
    func `a session of the real CLI is driven through four APIs`() async throws {
        try await withClaudeServer { server, _ in try await Self.drive(server) }
    }
}
