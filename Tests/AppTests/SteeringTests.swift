import Foundation
import Testing

/// Messages that come while a turn runs: into it, before it ends, or after it.
@Suite(.timeLimit(.minutes(15)))
struct SteeringTests {
    /// A step whose tool runs until `open` is called, and the words after it.
    private static func gated(_ words: String) -> String {
        "tool:Bash {\"command\":\"while [ ! -e gate ]; do sleep 0.05; done\"}\nsay \(words)"
    }

    private static func open(_ server: ServerProcess) {
        _ = FileManager.default.createFile(atPath: "\(server.workingDirectory)/gate", contents: nil)
    }

    /// A session whose tools run unasked, and its stream.
    private static func start(_ server: ServerProcess) async throws -> (SessionClient, EventStream) {
        let session = try await server.createSession(["permission_mode": "bypassPermissions"])
        return (session, try await session.stream())
    }

    @Test
    func `interrupt returns the queued messages it did not consume`() async throws {
        try await withServer { server in
            let (session, stream) = try await Self.start(server)
            try await session.send("forever 20")
            _ = try await stream.next("agent.stream_event")
            var waiting: [JSON] = []
            for word in ["one", "two"] { waiting.append(try await session.send("say \(word)")["message_id"]) }
            let receipt = try await session.interrupt()
            #expect(receipt["outcome"] == "interrupted")
            #expect(receipt["returned_messages"] == .array(waiting))
            for (id, word) in zip(waiting, ["one", "two"]) {
                let returned = try await stream.next("message.returned")
                #expect(returned.data["message_id"] == id)
                #expect(returned.data["content"] == .text("say \(word)"))
                #expect(try await session.message(id.text)["state"] == "returned")
            }
            #expect(try await session.run("memory")["result"].text?.contains("say one") != true)
        }
    }

    @Test
    func `a message steered into a running tool is part of its turn`() async throws {
        try await withServer { server in
            let (session, stream) = try await Self.start(server)
            let first = try await session.send(Self.gated("first"))
            _ = try await stream.next("agent.assistant")
            let steered = try await session.send("say steered", delivery: "steer")
            #expect(["accepted", "delivered"].contains(steered["state"].text))
            let id = steered["message_id"]
            _ = try await stream.next("message.delivered") { $0.data["message_id"] == id }
            Self.open(server)
            let ended = try await stream.next("turn.ended")
            #expect(ended.data["message_id"] == first["message_id"])
            #expect(ended.data["result"] == "steered")
            let message = try await session.message(id.text)
            #expect(message["state"] == "consumed")
            #expect(message["turn"].text == ended.turn)
            // A turn of its own would have come before this one.
            let next = try await session.run("say next")
            _ = try await stream.next("turn.ended") { $0.turn == next["id"].text }
            #expect(stream.events.count { $0.type == "turn.ended" } == 2)
        }
    }

    @Test
    func `a steered message that came too late becomes a turn of its own`() async throws {
        try await withServer { server in
            let (session, stream) = try await Self.start(server)
            try await session.send("echo 60 30")
            _ = try await stream.next("agent.stream_event")
            let late = try await session.send("say late", delivery: "steer")["message_id"]
            let first = try await stream.next("turn.ended")
            #expect(first.data["message_id"] != late)
            let second = try await stream.next("turn.ended")
            #expect(second.data["message_id"] == late)
            #expect(second.data["result"] == "late")
            #expect(try await session.message(late.text)["state"] == "consumed")
            #expect(try await session.run("say usable")["result"] == "usable")
        }
    }

    @Test
    func `a message that cannot wait stops the turn and goes before what waits`() async throws {
        try await withServer { server in
            let (session, stream) = try await Self.start(server)
            try await session.send("forever 20")
            _ = try await stream.next("agent.stream_event")
            let waiting = try await session.send("say later")["message_id"]
            let urgent = try await session.send("say now", delivery: "interrupt")["message_id"]
            let cut = try await stream.next("turn.ended")
            #expect(cut.data["outcome"] == "interrupted")
            #expect(cut.data["stop_reason"] == "superseded")
            let second = try await stream.next("turn.ended")
            #expect(second.data["message_id"] == urgent)
            #expect(second.data["result"] == "now")
            #expect(try await stream.next("turn.ended").data["message_id"] == waiting)
        }
    }

    @Test
    func `what waits can be edited, moved and taken back until it is too late`() async throws {
        try await withServer { server in
            let (session, stream) = try await Self.start(server)
            let running = try await session.send(Self.gated("first"))["message_id"]
            _ = try await stream.next("message.delivered")
            var ids: [JSON] = []
            for word in ["a", "b", "c"] { ids.append(try await session.send("say \(word)")["message_id"]) }
            func queue(_ method: String, _ id: JSON, _ body: JSON? = nil) async throws -> HTTPResponse {
                try await session.request(method, "/queue/\(try #require(id.text))", body)
            }
            #expect(try await queue("PATCH", ids[1], ["position": 1]).json["position"] == 1)
            #expect(try await queue("PATCH", ids[0], ["content": "say edited"]).json["content"] == "say edited")
            #expect(try await queue("DELETE", ids[2]).status == 204)
            let waiting = try await session.request("GET", "/queue").json["queue"]
            #expect(waiting.elements.map { $0["message_id"] } == [ids[1], ids[0]])
            for id in [running, ids[2]] {
                for (method, body) in [("DELETE", nil), ("PATCH", ["position": 1] as JSON)] {
                    let refused = try await queue(method, id, body)
                    #expect(refused.status == 409)
                    #expect(try refused.json["code"] == "message_delivered")
                    let state = try await session.message(id.text)["state"].text ?? "?"
                    #expect(try refused.json["detail"].text?.contains(state) == true)
                }
            }
            #expect(try await queue("DELETE", "m_unknown").status == 404)
            Self.open(server)
            var results: [JSON] = []
            for _ in 0..<3 { results.append(try await stream.next("turn.ended").data["result"]) }
            #expect(results == ["first", "b", "edited"])
            #expect(try await session.message(ids[2].text)["state"] == "cancelled")
        }
    }

    @Test
    func `a key makes a repeated request the same one, and another one a conflict`() async throws {
        try await withServer { server in
            let key = ["Idempotency-Key": "k-1"]
            let first = try await server.request("POST", "/v1/sessions", ["name": "a"], headers: key)
            let again = try await server.request("POST", "/v1/sessions", ["name": "a"], headers: key)
            #expect(first.status == 201)
            #expect(again.status == 201)
            #expect(try first.json["id"] == again.json["id"])
            let other = try await server.request("POST", "/v1/sessions", ["name": "b"], headers: key)
            #expect(other.status == 409)
            #expect(try other.json["code"] == "idempotency_conflict")

            let session = SessionClient(server: server, id: try #require(try first.json["id"].text))
            let body: JSON = ["content": "say once"]
            let sent = try await session.request("POST", "/messages", body, headers: key)
            let resent = try await session.request("POST", "/messages", body, headers: key)
            #expect(try sent.json["message_id"] == resent.json["message_id"])
            let changed = try await session.request("POST", "/messages", ["content": "say two"], headers: key)
            #expect(changed.status == 409)
            #expect(try changed.json["code"] == "idempotency_conflict")
            #expect(try await session.run("memory")["result"] == "say once")

            let forkKey = ["Idempotency-Key": "k-2"]
            let copy = try await session.request("POST", "/fork", ["name": "copy"], headers: forkKey)
            let same = try await session.request("POST", "/fork", ["name": "copy"], headers: forkKey)
            #expect(copy.status == 201, "\(copy.text)")
            #expect(try copy.json["id"] == same.json["id"])
            let conflict = try await session.request("POST", "/fork", ["name": "else"], headers: forkKey)
            #expect(conflict.status == 409)
            #expect(try await server.request("GET", "/v1/sessions").json["total"] == 2)
        }
    }
}
