import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// What a client can do on a WebSocket besides talking: answer, change, copy, mind its queue.
    @Suite(.timeLimit(.minutes(1)))
    struct WebSocketOperationTests {
        private static func code(_ answer: SeenEvent) -> String? {
            answer.envelope.object("error")?.string("code")
        }

        @Test func `a question is answered once`() async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                let session = try await server.session()
                let request = #"{"subtype":"can_use_tool","tool_name":"Bash","input":{}}"#
                server.agent.print("s1", [#"{"type":"control_request","request_id":"r1","request":\#(request)}"#])
                try await eventually("it asked") { await !session.approvals().isEmpty }
                let id = try #require(await session.approvals().first?.id)
                var socket = try await server.socket()
                let wrong = try await socket.ask(1, #""op":"answer","approval":"\#(id)""#)
                #expect(Self.code(wrong) == "invalid_request")
                let none = try await socket.ask(2, #""op":"answer","approval":"a_none","decision":"allow""#)
                #expect(Self.code(none) == "approval_not_found")
                let answer = #""op":"answer","approval":"\#(id)","decision":"allow""#
                let answered = try await socket.ask(3, answer)
                #expect(answered.envelope.object("approval")?.string("state") == "answered")
                #expect(answered.envelope.object("approval")?.string("by") == "websocket")
                #expect(Self.code(try await socket.ask(4, answer)) == "approval_answered")
            }
        }

        @Test func `a session is changed and copied`() async throws {
            try await TestServer.with { server in
                try await server.session()
                var socket = try await server.socket()
                let set = try await socket.ask(1, #""op":"set","session":"s1","name":"new","model":"opus""#)
                #expect(set.envelope.object("session")?.string("name") == "new")
                #expect(set.envelope.object("session")?.string("model") == "opus")
                let wrong = try await socket.ask(2, #""op":"set","session":"s1","cwd":"/tmp""#)
                #expect(Self.code(wrong) == "invalid_request")
                #expect(wrong.envelope.object("error")?.string("message")?.contains("/cwd") == true)
                #expect(Self.code(try await socket.ask(3, #""op":"set","name":"x""#)) == "bad_request")
                #expect(Self.code(try await socket.ask(4, #""op":"fork","session":"s1""#)) == "nothing_said")
                let body = #"{"content":"Hi","wait_ms":9000}"#
                _ = try await server.request("POST", "/v1/sessions/s1/messages", body)
                let copy = try await socket.ask(5, #""op":"fork","session":"s1","id":"s2""#)
                #expect(copy.envelope.object("session")?.string("id") == "s2")
                #expect(copy.envelope.object("session")?.string("name") == "new")
            }
        }

        @Test func `a waiting message is edited, moved and taken back`() async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                try await server.session()
                var socket = try await server.socket("/v1/sessions/s1/ws?after=latest")
                var ids: [String] = []
                for number in 1...3 {
                    let sent = try await socket.ask(number, #""op":"send","content":"\#(number)""#)
                    try ids.append(#require(sent.envelope.string("message_id")))
                }
                let edit = #""op":"queue.edit","message_id":"\#(ids[2])","content":"new","position":1"#
                let edited = try await socket.ask(4, edit)
                #expect(edited.envelope.string("content") == "new" && edited.envelope.int("position") == 1)
                let late = try await socket.ask(5, #""op":"queue.edit","message_id":"\#(ids[0])","content":"x""#)
                #expect(Self.code(late) == "message_delivered")
                let none = try await socket.ask(6, #""op":"queue.edit","content":"x""#)
                #expect(Self.code(none) == "message_not_found")
                let cancel = #""op":"queue.cancel","message_id":"\#(ids[1])""#
                #expect(try await socket.ask(7, cancel).envelope.bool("ok") == true)
                #expect(Self.code(try await socket.ask(8, cancel)) == "message_delivered")
                let queue = try await server.supervisor.session("s1").queueView()
                #expect(queue.map { JSONObject($0)?.string("message_id") } == [ids[2]])
            }
        }
    }
}
