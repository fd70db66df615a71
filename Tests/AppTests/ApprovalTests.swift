import Foundation
import Testing

/// What the agent asks of a person, and what becomes of it.
@Suite(.timeLimit(.minutes(15)))
struct ApprovalTests {
    private static let question = """
        ask [{"question":"Which colour?","header":"Colour","multiSelect":false,"options":[\
        {"label":"Red","description":"r"},{"label":"Blue","description":"b"}]}]
        """

    @Test
    func `permission unanswered past its deadline denies, and the next one still works`() async throws {
        try await withServer(["--approval-timeout", "3"]) { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            let ended = try await session.run("permission Bash {\"command\":\"touch forbidden\"}\nsay went on")
            #expect(ended["outcome"] == "completed")
            #expect(ended["result"] == "went on")
            let asked = try await stream.next("approval.requested")
            let id = try #require(asked.data["id"].text)
            #expect(asked.data["expires_at"].text != nil)
            let expired = try await stream.next("approval.expired")
            #expect(expired.data["id"].text == id)
            #expect(expired.data["by"] == "deadline")
            let late = try await session.answer(id, ["decision": "allow"])
            #expect(late.status == 410)
            #expect(try late.json["code"] == "approval_gone")
            #expect(!FileManager.default.fileExists(atPath: "\(server.workingDirectory)/forbidden"))

            try await session.send("permission Bash {\"command\":\"touch permitted\"}\nsay again")
            try await session.answerNext(on: stream, ["decision": "allow"])
            #expect(try await stream.next("turn.ended").data["result"] == "again")
            #expect(FileManager.default.fileExists(atPath: "\(server.workingDirectory)/permitted"))
        }
    }

    @Test
    func `second answer gets 409 and names the first`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send("permission Bash\nsay done")
            let first = try await session.answerNext(on: stream, ["decision": "deny", "message": "not today"])
            #expect(first["state"] == "answered")
            let id = try #require(first["id"].text)
            let second = try await session.answer(id, ["decision": "allow"])
            #expect(second.status == 409)
            #expect(try second.json["code"] == "approval_answered")
            let detail = try #require(try second.json["detail"].text)
            #expect(detail.contains("deny by http at \(first["answered_at"].text ?? "?")"))
            let result = try await stream.next("agent.user") { $0.data["tool_use_result"] != nil }
            #expect(result.data["message"]["content"][0]["content"].text?.contains("not today") == true)
            #expect(try await stream.next("turn.ended").data["result"] == "done")
            #expect(stream.events.count { $0.type == "approval.resolved" } == 1)
        }
    }

    @Test
    func `what a person changed is what runs`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send("permission Bash {\"command\":\"echo asked\"}\nsay done")
            let asked = try await stream.next("approval.requested")
            #expect(asked.data["input"]["command"] == "echo asked")
            #expect(try await session.summary()["state"] == "requires_action")
            #expect(try await session.summary()["waiting_on"] == "person")
            let id = try #require(asked.data["id"].text)
            let answer: JSON = ["decision": "allow", "updated_input": ["command": "echo changed"]]
            #expect(try await session.answer(id, answer).status == 200)
            let result = try await stream.next("agent.user") { $0.data["tool_use_result"] != nil }
            #expect(result.data["tool_use_result"]["stdout"].text?.contains("changed") == true)
        }
    }

    @Test
    func `deny and stop ends the turn and hands back what waits`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send("permission Bash\nsay never")
            let waiting = try await session.send("say never either")
            try await session.answerNext(on: stream, ["decision": "deny_and_stop"])
            let returned = try await stream.next("message.returned")
            #expect(returned.data["message_id"] == waiting["message_id"])
            let ended = try await stream.next("turn.ended")
            #expect(ended.data["outcome"] == "interrupted")
            #expect(ended.data["stop_reason"] == "denied")
            #expect(try await session.run("say usable")["result"] == "usable")
        }
    }

    @Test
    func `a question is answered over WebSocket`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            let socket = try await WebSocketClient(port: server.port)
            #expect(try await socket.ask(1, ["op": "attach", "session": .text(session.id)])["ok"] == true)
            try await session.send(Self.question + "\nsay thanks")
            let asked = try await socket.next { $0["type"] == "approval.requested" }
            #expect(asked["data"]["kind"] == "question")
            let id = asked["data"]["id"]
            let wrong: [String: JSON] = [
                "op": "answer", "approval": id, "decision": "allow", "answers": ["Which shape?": "Round"],
            ]
            let refused = try await socket.ask(2, wrong)
            #expect(refused["ok"] == false)
            #expect(refused["error"]["code"] == "invalid_answer")
            let right = wrong.merging(["answers": ["Which colour?": "Blue"]]) { $1 }
            let answered = try await socket.ask(3, right)
            #expect(answered["ok"] == true)
            #expect(answered["approval"]["by"] == "websocket")
            let result = try await stream.next("agent.user") { $0.data["tool_use_result"] != nil }
            let text = result.data["message"]["content"][0]["content"].text
            #expect(text?.contains("\"Which colour?\"=\"Blue\"") == true)
            #expect(try await stream.next("turn.ended").data["result"] == "thanks")
        }
    }

    @Test
    func `a client that attaches later sees what is asked`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send("permission Bash {\"command\":\"echo asked\"}\nsay done")
            let asked = try await stream.next("approval.requested")
            let later = try await session.stream(after: nil)
            let snapshot = try #require(later.events.first { $0.type == "stream.snapshot" })
            #expect(snapshot.data["approvals"] == [asked.data])
            let listed = try await server.request("GET", "/v1/approvals?session=\(session.id)")
            #expect(try listed.json["approvals"] == [asked.data])
            #expect(try await session.answer(asked.data["id"].text ?? "", ["decision": "allow"]).status == 200)
            #expect(try await later.next("approval.resolved").data["id"] == asked.data["id"])
            #expect(try await server.request("GET", "/v1/approvals").json["approvals"] == [])
        }
    }

    @Test
    func `what is remembered for the session is not asked again, and written nowhere`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            // For this one the CLI proposes nothing but a rule: no mode and no directory that would admit it as well.
            let command = "tool:Bash {\"command\":\"sh -c true\"}\nsay done"
            try await session.send(command)
            try await session.answerNext(on: stream, ["decision": "allow", "remember": "session"])
            #expect(try await stream.next("turn.ended").data["result"] == "done")
            #expect(try await session.run(command)["result"] == "done")
            try await session.hibernate()
            #expect(try await session.run(command)["result"] == "done")
            _ = try await stream.next("process.started")
            _ = try await stream.next("turn.ended")
            #expect(stream.events.count { $0.type == "approval.requested" } == 1)
            #expect(Processes.names(in: server.workingDirectory) == [])
        }
    }

    @Test
    func `an interrupt withdraws the question`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send("permission Bash\nsay never")
            let asked = try await stream.next("approval.requested")
            #expect(try await session.interrupt()["outcome"] == "interrupted")
            #expect(try await stream.next("approval.withdrawn").data["id"] == asked.data["id"])
            #expect(try await session.answer(asked.data["id"].text ?? "", ["decision": "allow"]).status == 410)
            #expect(try await session.run("say usable")["result"] == "usable")
        }
    }
}
