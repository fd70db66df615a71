import Foundation
import Testing

/// What a session and its clients have after the server was killed or stopped and started again.
@Suite(.timeLimit(.minutes(15)))
struct RestartTests {
    @Test
    func `cursor from before a restart goes on without a gap where there is a store`() async throws {
        try await withStoringServer { server in
            var session = try await server.createSession()
            let before = try await session.stream()
            for word in ["one", "two", "three"] {
                #expect(try await session.run("say \(word)")["result"] == .text(word))
                _ = try await before.next("turn.ended")
            }
            let seen = before.events.compactMap(\.id)
            let cursor = try #require(seen.dropLast(5).last)
            let next = try await server.restarted()
            session = session.on(next)
            let stream = try await session.stream(after: cursor)
            let hello = try #require(stream.events.first { $0.type == "stream.hello" })
            #expect(["exact", "replay"].contains(hello.data["resume"].text))
            #expect(!stream.types.contains("stream.gap"))
            #expect(try await session.run("memory")["result"].text?.contains("say two") == true)
            _ = try await stream.next("turn.ended") { $0.data["result"].text?.contains("say two") == true }
            // Numbers go on: what came before, then the rest, without a hole and nothing twice.
            try Self.expect(stream, goesOnAfter: seen, at: cursor)
        }
    }

    @Test
    func `cursor from before a restart yields a gap answer, never silence`() async throws {
        try await withServer { server in
            var session = try await server.createSession(["id": "kept-name"])
            let before = try await session.stream()
            #expect(try await session.run("say one")["result"] == "one")
            let cursor = try #require(try await before.next("turn.ended").id)
            let next = try await server.restarted()
            #expect(try await session.on(next).request("GET").status == 404)
            session = try await next.createSession(["id": "kept-name"])
            let stream = try await session.stream(after: cursor)
            let hello = try #require(stream.events.first { $0.type == "stream.hello" })
            #expect(hello.data["resume"] == "gap")
            let gap = try #require(stream.events.firstIndex { $0.type == "stream.gap" })
            let snapshot = try #require(stream.events.firstIndex { $0.type == "stream.snapshot" })
            #expect(gap < snapshot)
            #expect(stream.events[gap].data["from"].text == cursor)
        }
    }

    @Test
    func `server restart with a pending question: same request id is offered again`() async throws {
        try await withStoringServer { server in
            var session = try await server.createSession()
            var stream = try await session.stream()
            #expect(try await session.run("say before")["result"] == "before")
            try await session.send("permission Bash {\"command\":\"touch asked\"}\nsay never")
            let asked = try await stream.next("approval.requested")
            let id = try #require(asked.data["id"].text)
            let next = try await server.restarted()
            session = session.on(next)
            let summary = try await session.summary()
            #expect(summary["state"] == "requires_action")
            #expect(summary["pending_approvals"] == [.text(id)])
            let listed = try await next.request("GET", "/v1/approvals").json["approvals"]
            #expect(listed.elements.map { $0["id"] } == [.text(id)])
            stream = try await session.stream(after: nil)
            let snapshot = try #require(stream.events.first { $0.type == "stream.snapshot" })
            #expect(snapshot.data["approvals"][0]["id"].text == id)
            #expect(snapshot.data["approvals"][0]["input"] == asked.data["input"])

            #expect(try await session.answer(id, ["decision": "allow"]).status == 200)
            #expect(try await stream.next("approval.resolved").data["id"].text == id)
            let accepted = try await stream.next("message.accepted") { $0.data["origin"] == "approval" }
            #expect(accepted.data["content"].text?.contains("Your use of Bash has been allowed") == true)
            let ended = try await stream.next("turn.ended")
            #expect(ended.data["outcome"] == "completed")
            #expect(ended.data["message_id"] == accepted.data["message_id"])
            let memory = try await session.run("memory")["result"].text
            #expect(memory?.contains("say before") == true)
            #expect(memory?.contains("Your use of Bash has been allowed") == true)
            let second = try await session.answer(id, ["decision": "deny"])
            #expect(second.status == 409)
        }
    }

    @Test
    func `an answer to a question survives two restarts`() async throws {
        try await withStoringServer { server in
            var session = try await server.createSession()
            var stream = try await session.stream()
            try await session.send("ask Shall I?\nsay never")
            let id = try #require(try await stream.next("approval.requested").data["id"].text)
            let next = try await server.restarted(by: SIGTERM)
            #expect(try await session.on(next).summary()["pending_approvals"] == [.text(id)])
            let last = try await next.restarted()
            session = session.on(last)
            stream = try await session.stream(after: "latest")
            let answer: JSON = ["decision": "allow", "answers": ["Shall I?": "Yes"]]
            #expect(try await session.answer(id, answer).status == 200)
            let accepted = try await stream.next("message.accepted")
            #expect(accepted.data["content"].text?.contains("\"Shall I?\" = \"Yes\"") == true)
            #expect(try await stream.next("turn.ended").data["outcome"] == "completed")
        }
    }

    @Test
    func `kill -9 in mid-turn: the prompt is marked, what waited is answered, nothing is sent twice`() async throws {
        try await withStoringServer { server in
            var session = try await server.createSession()
            #expect(try await session.run("say before")["result"] == "before")
            var stream = try await session.stream(after: "latest")
            let cut = try await session.send("forever 20")
            let waiting = try await session.send("say waited")
            let started = try await stream.next("turn.started")
            _ = try await stream.next("agent.stream_event")
            let cursor = try #require(started.id)
            let next = try await server.restarted()
            session = session.on(next)
            stream = try await session.stream(after: cursor)
            let ended = try await Self.find("turn.ended", in: stream) { $0.turn == started.turn }
            #expect(ended.data["outcome"] == "killed")
            let answered = try await Self.find("turn.ended", in: stream) { $0.turn != started.turn }
            #expect(answered.data["message_id"] == waiting["message_id"])
            #expect(answered.data["result"] == "waited")
            #expect(try await session.message(cut["message_id"].text)["state"] == "unknown")
            #expect(try await session.message(waiting["message_id"].text)["state"] == "consumed")
            #expect(try await session.run("memory")["result"].text?.contains("say before") == true)
            #expect(stream.events.count { $0.type == "turn.started" } <= 3)
        }
    }

    @Test
    func `SIGTERM in mid-turn: the turn is finished, and the next server has the session hibernated`() async throws {
        try await withStoringServer(["--drain-timeout", "30"]) { server in
            var session = try await server.createSession()
            let stream = try await session.stream()
            let sent = try await session.send("echo 40 20")
            _ = try await stream.next("agent.stream_event")
            let next = try await server.restarted(by: SIGTERM)
            #expect(server.startedProcesses.isEmpty)
            let isWhole = try await stream.end()
            #expect(isWhole, "the response was cut")
            #expect(try await stream.next("turn.ended").data["outcome"] == "completed")
            #expect(try await stream.next("stream.bye").data["code"] == 4009)
            session = session.on(next)
            #expect(try await session.summary()["state"] == "hibernated")
            #expect(next.startedProcesses.isEmpty)
            #expect(try await session.message(sent["message_id"].text)["state"] == "consumed")
            #expect(try await session.run("memory")["result"].text?.contains("echo 40 20") == true)
        }
    }

    @Test
    func `SIGTERM with a turn that does not end: the prompt is marked, and what waits goes on waiting`() async throws {
        try await withStoringServer(["--drain-timeout", "1"]) { server in
            var session = try await server.createSession()
            let stream = try await session.stream()
            let cut = try await session.send("forever 20")
            let waiting = try await session.send("say waited")
            _ = try await stream.next("agent.stream_event")
            let next = try await server.restarted(by: SIGTERM)
            session = session.on(next)
            let after = try await session.stream()
            let ended = try await Self.find("turn.ended", in: after) { $0.data["message_id"] == cut["message_id"] }
            #expect(["interrupted", "killed"].contains(ended.data["outcome"].text))
            let other = try await Self.find("turn.ended", in: after) {
                $0.data["message_id"] == waiting["message_id"]
            }
            #expect(other.data["result"] == "waited")
            let fate = try await session.message(cut["message_id"].text)["state"].text
            #expect(["consumed", "unknown"].contains(fate))
        }
    }

    @Test
    func `keys are remembered over a restart`() async throws {
        try await withStoringServer { server in
            let key = ["Idempotency-Key": "once"]
            let made = try await server.request("POST", "/v1/sessions", ["name": "a"], headers: key)
            #expect(made.status == 201)
            let session = SessionClient(server: server, id: try #require(try made.json["id"].text))
            let body: JSON = ["content": "say once"]
            let sent = try await session.request("POST", "/messages", body, headers: ["Idempotency-Key": "m"])
            #expect(sent.status == 202)
            let next = try await server.restarted()
            let again = try await next.request("POST", "/v1/sessions", ["name": "a"], headers: key)
            #expect(again.status == 201)
            #expect(try again.json["id"].text == session.id)
            #expect(try await next.request("GET", "/v1/sessions").json["total"] == 1)
            let other = try await next.request("POST", "/v1/sessions", ["name": "b"], headers: key)
            #expect(other.status == 409)
            let resent = try await session.on(next)
                .request("POST", "/messages", body, headers: ["Idempotency-Key": "m"])
            #expect(try resent.json["message_id"] == sent.json["message_id"])
        }
    }

    /// The first event of that kind among what was replayed or comes.
    private static func find(
        _ type: String,
        in stream: EventStream,
        where isWanted: (ServerEvent) -> Bool
    ) async throws -> ServerEvent {
        if let found = stream.events.first(where: { $0.type == type && isWanted($0) }) { return found }
        return try await stream.next(type, within: .seconds(40), where: isWanted)
    }

    /// Checks that a stream has the events after a cursor once each: what was seen of them before, and the rest.
    private static func expect(_ stream: EventStream, goesOnAfter seen: [String], at cursor: String) throws {
        let ids = stream.events.compactMap(\.id)
        let missed = seen.drop { $0 != cursor }.dropFirst()
        #expect(Array(ids.prefix(missed.count)) == Array(missed))
        let start = try #require(Self.number(cursor))
        #expect(ids.map { Self.number($0) } == (0..<ids.count).map { start + 1 + $0 })
    }

    private static func number(_ id: String) -> Int? {
        id.split(separator: ".").last.flatMap { Int($0) }
    }
}
