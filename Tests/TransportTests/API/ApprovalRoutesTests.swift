import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// `/v1/approvals` over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct ApprovalRoutesTests {
        private static var silent: TestAgent { TestAgent { _ in [TestAgent.begin] } }

        private static func ask(_ id: String, tool: String = "Bash", input: String = #"{"command":"ls"}"#) -> String {
            #"{"type":"control_request","request_id":"\#(id)","request":"#
                + #"{"subtype":"can_use_tool","tool_name":"\#(tool)","input":\#(input)}}"#
        }

        /// Lets the agent of a session ask, and returns the approval's id.
        private static func asked(
            _ server: TestServer,
            _ session: String = "s1",
            _ line: String = Self.ask("r1")
        ) async throws -> String {
            let session = try await server.supervisor.session(session)
            let known = await session.approvals().count
            server.agent.print(session.id, [line])
            try await eventually("it asked") { await session.approvals().count > known }
            return try #require(await session.approvals().last?.id)
        }

        private static func list(_ server: TestServer, _ query: String = "") async throws -> [String] {
            let list = try await server.request("GET", "/v1/approvals\(query)")
            #expect(list.status == 200)
            let all = list.json?.raw("approvals").flatMap { JSONObject.elements($0) } ?? []
            return all.compactMap { JSONObject($0)?.string("id") }
        }

        @Test func `what waits is listed, of all sessions or as asked`() async throws {
            try await TestServer.with(Self.silent) { server in
                for id in ["s1", "s2"] { try await server.session(id) }
                let first = try await Self.asked(server, "s1")
                let second = try await Self.asked(server, "s2")
                #expect(Set(try await Self.list(server)) == [first, second])
                #expect(try await Self.list(server, "?session=s2") == [second])
                #expect(try await Self.list(server, "?session=none").isEmpty)
                #expect(try await Self.list(server, "?limit=1").count == 1)
                _ = try await server.request("POST", "/v1/approvals/\(first)", #"{"decision":"deny"}"#)
                #expect(try await Self.list(server) == [second])
                #expect(try await Self.list(server, "?state=answered") == [first])
                #expect(try await Self.list(server, "?state=all").count == 2)
                #expect(try await server.request("GET", "/v1/approvals?limit=0").status == 400)
                let one = try await server.request("GET", "/v1/approvals/\(second)")
                #expect(one.status == 200 && one.json?.string("state") == "pending")
                #expect(try await server.request("GET", "/v1/approvals/a_none").code == "approval_not_found")
            }
        }

        @Test func `one answer wins, the second is told so`() async throws {
            try await TestServer.with(Self.silent) { server in
                try await server.session()
                let id = try await Self.asked(server)
                let body = #"{"decision":"allow","updated_input":{"command":"pwd"}}"#
                let answered = try await server.request("POST", "/v1/approvals/\(id)", body)
                #expect(answered.status == 200 && answered.json?.string("state") == "answered")
                #expect(answered.json?.object("updated_input")?.string("command") == "pwd")
                let second = try await server.request("POST", "/v1/approvals/\(id)", #"{"decision":"deny"}"#)
                #expect(second.status == 409 && second.code == "approval_answered")
                #expect(second.json?.string("detail")?.contains("allow by http") == true)
            }
        }

        @Test func `one that is withdrawn is gone`() async throws {
            try await TestServer.with(Self.silent) { server in
                try await server.session()
                let id = try await Self.asked(server)
                server.agent.print("s1", [#"{"type":"control_cancel_request","request_id":"r1"}"#])
                try await eventually("it is withdrawn") { try await Self.list(server).isEmpty }
                let late = try await server.request("POST", "/v1/approvals/\(id)", #"{"decision":"allow"}"#)
                #expect(late.status == 410 && late.code == "approval_gone")
                let none = try await server.request("POST", "/v1/approvals/a_none", #"{"decision":"allow"}"#)
                #expect(none.status == 404 && none.code == "approval_not_found")
            }
        }

        @Test(
            arguments: [
                ("{}", "/decision"), (#"{"decision":"perhaps"}"#, "/decision"),
                (#"{"decision":"allow","surprise":1}"#, "/surprise"),
                (#"{"decision":"deny","remember":"session"}"#, "/decision"),
                (#"{"decision":"deny","updated_input":{}}"#, "/decision"),
                (#"{"decision":"allow","remember":"for ever"}"#, "/remember"),
                (#"{"decision":"allow","updated_input":"ls"}"#, "/updated_input"),
            ]
        )
        func `an answer without sense is refused, and the question waits on`(body: String, pointer: String) async throws
        {
            try await TestServer.with(Self.silent) { server in
                try await server.session()
                let id = try await Self.asked(server)
                let refused = try await server.request("POST", "/v1/approvals/\(id)", body)
                #expect(refused.status == 422 && refused.code == "invalid_request")
                let errors = refused.json?.raw("errors").flatMap { JSONObject.elements($0) } ?? []
                #expect(errors.compactMap { JSONObject($0)?.string("pointer") } == [pointer])
                #expect(try await Self.list(server) == [id])
            }
        }

        @Test func `a question wants answers to what was asked`() async throws {
            try await TestServer.with(Self.silent) { server in
                try await server.session()
                let input = #"{"questions":[{"question":"Which?","options":[]}]}"#
                let line = Self.ask("r1", tool: "AskUserQuestion", input: input)
                let id = try await Self.asked(server, "s1", line)
                for body in [#"{"decision":"allow"}"#, #"{"decision":"allow","answers":{"Other?":"a"}}"#] {
                    let refused = try await server.request("POST", "/v1/approvals/\(id)", body)
                    #expect(refused.status == 422 && refused.code == "invalid_answer")
                }
                let body = #"{"decision":"allow","answers":{"Which?":["a","b"]}}"#
                let answered = try await server.request("POST", "/v1/approvals/\(id)", body)
                #expect(answered.status == 200)
                #expect(answered.json?.object("updated_input")?.object("answers")?.string("Which?") == "a, b")
            }
        }
    }
}
