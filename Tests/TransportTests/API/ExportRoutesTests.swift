import Actors
import Agent
import Foundation
import NIOCore
import Testing

@testable import Storage
@testable import Transport

extension ServerTests {
    /// `GET /v1/sessions/{id}/export` over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct ExportRoutesTests {
        private static func turn(_ server: TestServer, _ text: String = "Hi") async throws {
            let body = #"{"content":"\#(text)","wait_ms":9000}"#
            #expect(try await server.request("POST", "/v1/sessions/s1/messages", body).status == 200)
        }

        private static func ids(_ lines: String) -> [String] {
            lines.split(separator: "\n").compactMap { JSONObject(ByteBuffer(string: String($0)))?.string("id") }
        }

        @Test func `JSON Lines are the events as streams have them, from the first`() async throws {
            try await TestServer.with { server in
                try await server.session()
                for _ in 0..<3 { try await Self.turn(server) }
                let export = try await server.request("GET", "/v1/sessions/s1/export")
                #expect(export.status == 200 && export.body.hasSuffix("\n"))
                #expect(export.head.headers["content-type"] == "application/x-ndjson")
                #expect(export.head.headers["content-disposition"] == #"attachment; filename="s1.jsonl""#)
                let lines = export.body.split(separator: "\n").map(String.init)
                #expect(lines.count > 15)
                var stream = try await server.events("/v1/sessions/s1/events?after=earliest&previews=none")
                var streamed: [String] = []
                while streamed.count < lines.count, let event = try await stream.next() {
                    if event.wireID != nil { streamed.append(event.text) }
                }
                #expect(lines == streamed)
            }
        }

        @Test func `what has left the memory comes from the store`() async throws {
            let directory = NSTemporaryDirectory() + "troupe-export-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let store = try Store(path: "\(directory)/troupe.db")
            try await TestServer.with(configure: {
                $0.store = store
                $0.supervisor.logBytes = 4000
            }) { server in
                let session = try await server.session()
                for _ in 0..<20 { try await Self.turn(server) }
                await session.durable()
                #expect(session.log.firstInMemory > 50)
                let head = session.log.head.id
                let export = try await server.request("GET", "/v1/sessions/s1/export")
                #expect(Self.ids(export.body) == (1...head.sequence).map { "\(head.epoch).\($0)" })
                // Paging back reaches the first as well.
                var before = ""
                var types: [String] = []
                while true {
                    let query = before.isEmpty ? "" : "&before=\(before)"
                    let page = try await server.request("GET", "/v1/sessions/s1/messages?limit=7&order=desc\(query)")
                    let events = page.json?.array("messages")?.compactMap { JSONObject($0) } ?? []
                    guard let last = events.last?.string("id") else { break }
                    types += events.compactMap { $0.string("type") }
                    before = last
                }
                #expect(types.count { $0 == "turn.started" } == 20 && types.count == 100)
                #expect(types.first == "turn.ended" && types.last == "message.accepted")
            }
        }

        @Test func `what is no longer kept is named`() async throws {
            try await TestServer.with(configure: { $0.supervisor.logBytes = 4000 }) { server in
                try await server.session()
                for _ in 0..<20 { try await Self.turn(server) }
                let export = try await server.request("GET", "/v1/sessions/s1/export")
                let first = String(export.body.prefix { $0 != "\n" })
                let gap = JSONObject(ByteBuffer(string: first))
                #expect(gap?.string("type") == "stream.gap")
                #expect(gap?.object("data")?.string("reason") == "evicted")
                let ids = Self.ids(export.body).compactMap { EventID($0)?.sequence }
                let end = try #require(gap?.object("data")?.string("to").flatMap { EventID($0) })
                #expect(ids.first == end.sequence + 1 && ids == Array((end.sequence + 1)...(ids.last ?? 0)))
                let text = try await server.request("GET", "/v1/sessions/s1/export?format=markdown")
                #expect(text.body.contains("no longer kept"))
                let gone = try await server.request("GET", "/v1/sessions/s1/messages?before=\(end)")
                #expect(gone.status == 410 && gone.code == "history_gone")
            }
        }

        @Test func `Markdown is what was said and done`() async throws {
            let agent = TestAgent { prompt in
                [
                    TestAgent.begin,
                    #"{"type":"assistant","parent_tool_use_id":null,"message":{"id":"m","content":[{"type":"tool_use","id":"t","name":"Bash","input":{"command":"ls"}}]}}"#,
                    #"{"type":"user","parent_tool_use_id":null,"message":{"content":[{"type":"tool_result","tool_use_id":"t","content":"a ``` b"}]}}"#,
                    #"{"type":"assistant","parent_tool_use_id":"t","message":{"id":"n","content":[{"type":"text","text":"sub"}]}}"#,
                    TestAgent.assistant("Two files.", number: 2),
                    TestAgent.result(uuid: prompt.uuid, text: "Two files."),
                ]
            }
            try await TestServer.with(agent) { server in
                try await server.session()
                try await Self.turn(server, "What is *here*?")
                let text = try await server.request("GET", "/v1/sessions/s1/export?format=markdown")
                #expect(text.head.headers["content-type"] == "text/markdown; charset=utf-8")
                #expect(text.body.hasPrefix("# s1\n\n*s1, since "))
                let body = text.body.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(4)
                let expected = [
                    "## Person", "", "What is *here*?", "", "**Bash**", "", "```json", #"{"command":"ls"}"#, "```", "",
                    "````", "a ``` b", "````", "", "## Agent", "", "Two files.", "", "",
                ]
                #expect(body.map(String.init) == expected)
                #expect(try await server.request("GET", "/v1/sessions/s1/export?format=pdf").code == "bad_request")
            }
        }
    }
}
