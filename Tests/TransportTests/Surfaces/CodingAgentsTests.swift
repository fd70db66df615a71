import Actors
import Agent
import Foundation
import NIOCore
import Storage
import Synchronization
import Testing

@testable import Transport

extension ServerTests {
    /// The REST API of mcp-coding-agents, over real sockets.
    @Suite(.timeLimit(.minutes(2)))
    struct CodingAgentsTests {
        static let root = "/compat/mcpapi/api/v1"

        /// A new session's id.
        static func create(
            _ server: TestServer,
            _ body: String = "{}",
            headers: [String: String] = [:]
        ) async throws -> String {
            let answer = try await server.request("POST", "\(Self.root)/sessions", body, headers: headers)
            try #require(answer.status == 201, "\(answer.body)")
            return try #require(answer.json?.string("sessionId"))
        }

        static func error(_ answer: HTTPClient.Response) -> String? {
            answer.json?.object("error")?.string("code")
        }

        static func message(_ answer: HTTPClient.Response) -> String? {
            answer.json?.object("error")?.string("message")
        }

        /// Without what is another in every run.
        static func normal(_ text: String) -> String {
            text.replacing(/\d{4}-\d\d-\d\dT[0-9:.]+Z/, with: "TIME").replacing(/[0-9a-f]{8}-[0-9a-f-]{27}/, with: "ID")
        }

        // MARK: Sessions

        @Test func `a session is made, listed, looked at and ended`() async throws {
            try await TestServer.with { server in
                let made = try await server.request(
                    "POST",
                    "\(Self.root)/sessions",
                    #"{"model":"claude-3-opus-20240229","permissionMode":"plan","metadata":{"a": [1]},"unknown":1}"#
                )
                #expect(made.status == 201)
                let model = #""model":"claude-3-opus-20240229","status":"active","createdAt":"TIME""#
                #expect(Self.normal(made.body) == #"{"sessionId":"ID",\#(model),"expiresAt":"TIME"}"#)
                let id = try #require(made.json?.string("sessionId"))
                #expect(UUID(uuidString: id)?.uuidString.lowercased() == id && Array(id)[14] == "4")
                let createdAt = try #require(made.json?.string("createdAt"))
                #expect(made.json?.string("expiresAt") == Timestamp.later(createdAt, by: .seconds(3600)))

                let list = try await server.request("GET", "\(Self.root)/sessions")
                let item = #"{"sessionId":"ID",\#(model),"expiresAt":"TIME","metadata":{"a": [1]}}"#
                #expect(Self.normal(list.body) == #"{"sessions":[\#(item)],"total":1}"#)

                let one = try await server.request("GET", "\(Self.root)/sessions/\(id)")
                #expect(
                    one.json?.members.map(\.key) == [
                        "sessionId", "model", "status", "createdAt", "expiresAt", "lastActivity", "messageCount",
                        "config",
                        "metadata",
                    ]
                )
                let config = one.json?.object("config")
                #expect(config?.string("permissionMode") == "plan" && config?.int("maxTurns") == 10)
                #expect(config?.string("cwd") == "/home/secret" && one.json?.int("messageCount") == 0)

                for _ in 0..<2 {
                    let ended = try await server.request("DELETE", "\(Self.root)/sessions/\(id)")
                    #expect(ended.status == 204 && ended.body.isEmpty)
                }
                let past = try await server.request("GET", "\(Self.root)/sessions/\(id)")
                #expect(past.status == 200 && past.json?.string("status") == "ended")
                let empty = try await server.request("GET", "\(Self.root)/sessions")
                #expect(empty.body == #"{"sessions":[],"total":0}"#)
                let late = try await server.request("POST", "\(Self.root)/sessions/\(id)/messages", "{}")
                #expect(late.status == 404 && Self.error(late) == "SESSION_NOT_FOUND")
                #expect(Self.message(late) == "Session \(id) not found")
            }
        }

        @Test func `its defaults are those of the original, and its life goes on with each use`() async throws {
            try await TestServer.with { server in
                let id = try await Self.create(server, #"{"maxTurns":0,"metadata":null}"#)
                let session = try await server.supervisor.session(id)
                let options = await session.optionsView()
                #expect(options.maximumTurns == 10 && options.permissionMode == "default")
                #expect(options.timeToLive == .seconds(3600))
                #expect(options.notes == ["origin": "004", "metadata": "{}"])
                let before = try await server.request("GET", "\(Self.root)/sessions/\(id)")
                let expiry = try #require(before.json?.string("expiresAt"))
                try await eventually("its end is later") {
                    _ = try await server.request("POST", "\(Self.root)/sessions/\(id)/messages", #"{"prompt":"x"}"#)
                    let after = try await server.request("GET", "\(Self.root)/sessions/\(id)")
                    return after.json?.int("messageCount") ?? 0 > 0 && after.json?.string("expiresAt") ?? "" > expiry
                }
            }
        }

        @Test func `a hundred sessions are enough`() async throws {
            try await TestServer.with(configure: { $0.supervisor.maximumSessions = 200 }) { server in
                // Those that other systems made do not count.
                try await server.session("native")
                for number in 0..<99 {
                    var options = SessionOptions()
                    options.id = "s\(number)"
                    options.notes = ["origin": "004"]
                    _ = try await server.supervisor.create(options)
                }
                let id = try await Self.create(server)
                let full = try await server.request("POST", "\(Self.root)/sessions", "{}")
                #expect(full.status == 429 && Self.error(full) == "MAX_SESSIONS_REACHED")
                #expect(Self.message(full) == "Maximum sessions limit reached: 100")
                #expect(try await server.request("DELETE", "\(Self.root)/sessions/\(id)").status == 204)
                _ = try await Self.create(server)
            }
        }

        // MARK: Messages

        @Test func `a message is answered with its text`() async throws {
            try await TestServer.with { server in
                let id = try await Self.create(server)
                let answer = try await server.request(
                    "POST",
                    "\(Self.root)/sessions/\(id)/messages",
                    #"{"prompt":"Hello, Claude!","stream":false}"#
                )
                #expect(answer.status == 200)
                let usage = #"{"promptTokens":0,"completionTokens":0,"totalTokens":0}"#
                #expect(
                    Self.normal(answer.body)
                        == #"{"messageId":"ID","response":"Hello, world.","sessionId":"c1","usage":\#(usage)}"#
                )
            }
        }

        @Test func `a client that wants a stream here is told where it is`() async throws {
            try await TestServer.with { server in
                let id = try await Self.create(server)
                for root in [Self.root, "/api/v1"] {
                    let answer = try await server.request(
                        "POST",
                        "\(root)/sessions/\(id)/messages",
                        #"{"prompt":"x","stream":true,"timeout":5}"#
                    )
                    let headers = #"{"Content-Type":"application/json","Accept":"text/event-stream"}"#
                    #expect(
                        answer.body
                            == #"{"message":"Use SSE endpoint for streaming responses","streamUrl":"\#(root)/sessions/\#(id)/stream","#
                            + #""method":"POST","headers":\#(headers),"body":{"prompt":"x","timeout":5}}"#
                    )
                }
                #expect(try await server.supervisor.session(id).summary().usage.turns == 0)
            }
        }

        @Test(arguments: [true, false])
        func `a stream is connected, has whole messages and is complete`(isPost: Bool) async throws {
            let asked = AskedPrompts()
            let agent = TestAgent { prompt in
                asked.add(prompt.text)
                return TestAgent.turn(prompt, pieces: ["Hello, ", "world."])
            }
            try await TestServer.with(agent) { server in
                let id = try await Self.create(server)
                var client = HTTPClient(try await server.connect())
                let path = "\(Self.root)/sessions/\(id)/stream"
                if isPost {
                    try await client.send("POST", path, #"{"prompt":"Write code"}"#)
                } else {
                    try await client.send(
                        "GET",
                        "\(path)?prompt=Write%20code",
                        headers: ["Accept": "text/event-stream"]
                    )
                }
                let answer = try await client.response()
                let headers = answer.head.headers
                #expect(answer.status == 200 && headers["content-type"] == "text/event-stream")
                #expect(headers["cache-control"] == "no-cache" && headers["x-accel-buffering"] == "no")
                #expect(headers["x-ratelimit-remaining"] == "98")
                #expect(asked.all == ["Write code"])
                let frames = Self.normal(answer.body).components(separatedBy: "\n\n")
                func message(_ number: Int, _ message: String) -> String {
                    #"event: message\#ndata: {"type":"claude_code_message","sessionId":"c1","message":\#(message),"#
                        + #""timestamp":"TIME","sequence":\#(number)}"#
                }
                try #require(frames.count == 6)
                #expect(frames[0] == "event: connected\ndata: {\"sessionId\":\"ID\"}")
                #expect(frames[1] == message(1, TestAgent.begin))
                #expect(frames[2] == message(2, TestAgent.assistant("Hello, world.", number: 1)))
                #expect(frames[3].hasPrefix(#"event: message\#ndata: {"type":"claude_code_message","sessionId":"c1","#))
                #expect(frames[3].contains(#""result":"Hello, world.""#) && frames[3].hasSuffix(#""sequence":3}"#))
                #expect(frames[4] == #"event: complete\#ndata: {"summary":"Hello, world.","sessionId":"c1"}"#)
                #expect(frames[5].isEmpty)
            }
        }

        @Test func `a plus in the query is a space, and an escaped one is a plus`() async throws {
            let asked = AskedPrompts()
            let agent = TestAgent { prompt in
                asked.add(prompt.text)
                return TestAgent.turn(prompt, pieces: ["ok"])
            }
            try await TestServer.with(agent) { server in
                let id = try await Self.create(server)
                let path = "\(Self.root)/sessions/\(id)/stream?timeout=60000&prompt=1+%2B+1%3D%E2%91%A1"
                let answer = try await server.request("GET", path)
                #expect(answer.body.contains(#"event: complete\#ndata: {"summary":"ok","sessionId":"c1"}"#))
                #expect(asked.all == ["1 + 1=②"])
            }
        }

        @Test func `leaving a stream stops nothing`() async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                let id = try await Self.create(server)
                let client = HTTPClient(try await server.connect())
                try await client.send("POST", "\(Self.root)/sessions/\(id)/stream", #"{"prompt":"x"}"#)
                var stream = try await EventStream(client)
                while try await stream.next()?.name != "message" {}
                try await stream.client.connection.reset()
                let session = try await server.supervisor.session(id)
                #expect(await session.summary().state == .running)
                server.agent.print(id, [TestAgent.result(uuid: "none", text: "done")])
                try await eventually("the turn ends") { await session.summary().state == .idle }
            }
        }

        @Test func `what takes too long is stopped, and what waits behind it is not`() async throws {
            let agent = TestAgent { prompt in
                prompt.text == "slow" ? [TestAgent.begin] : TestAgent.turn(prompt, pieces: ["quick"])
            }
            try await TestServer.with(agent) { server in
                let id = try await Self.create(server)
                let path = "\(Self.root)/sessions/\(id)"
                let session = try await server.supervisor.session(id)
                async let slow = server.request("POST", "\(path)/messages", #"{"prompt":"slow","timeout":300}"#)
                try await eventually("it runs") { await session.summary().state == .running }
                let next = try await server.request("POST", "\(path)/messages", #"{"prompt":"next"}"#)
                #expect(next.json?.string("response") == "quick")
                let error = #"{"error":"Query timed out after 300ms","session_id":"c1"}"#
                let late = try await slow
                #expect(late.status == 200 && late.json?.raw("response").map { String(buffer: $0) } == error)
                #expect(late.json?.string("sessionId") == "c1")
                let stream = try await server.request("POST", "\(path)/stream", #"{"prompt":"slow","timeout":300}"#)
                #expect(stream.body.hasSuffix(#"data: {"summary":\#(error),"sessionId":"c1"}\#n\#n"#))
                #expect(await session.summary().state == .idle)
            }
        }

        @Test func `what is interrupted elsewhere is told as cancelled`() async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                let id = try await Self.create(server)
                let session = try await server.supervisor.session(id)
                async let answer = server.request("POST", "\(Self.root)/sessions/\(id)/messages", #"{"prompt":"x"}"#)
                try await eventually("it runs") { await session.summary().state == .running }
                #expect(try await server.request("POST", "/v1/sessions/\(id)/interrupt").status == 200)
                let error = #"{"error":"Query cancelled by user","session_id":"c1"}"#
                #expect(try await answer.json?.raw("response").map { String(buffer: $0) } == error)
            }
        }

        @Test(arguments: [false, true])
        func `the history has prompts and messages, page by page`(isStored: Bool) async throws {
            let agent = TestAgent { prompt in
                [
                    TestAgent.begin,
                    #"{"type":"user","message":{"role":"user","content":"\#(prompt.text)"},"isReplay":true,"uuid":"u"}"#,
                    TestAgent.assistant("to \(prompt.text)", number: 1),
                    TestAgent.result(uuid: prompt.uuid, text: "to \(prompt.text)"),
                ]
            }
            let directory = NSTemporaryDirectory() + "troupe-history-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let store = isStored ? try Store(path: "\(directory)/troupe.db") : nil
            try await TestServer.with(agent, configure: { $0.store = store }) { server in
                let id = try await Self.create(server)
                let path = "\(Self.root)/sessions/\(id)/messages"
                for prompt in ["one", "two"] {
                    _ = try await server.request("POST", path, #"{"prompt":"\#(prompt)"}"#)
                }
                let all = try await server.request("GET", path)
                func texts(_ answer: HTTPClient.Response) -> [String] {
                    (answer.json?.array("messages") ?? []).compactMap { JSONObject($0) }.map { item in
                        let content = item.object("content")?.object("message")?.array("content")?.first
                        let text = content.flatMap { JSONObject($0)?.string("text") } ?? item.string("subtype") ?? "?"
                        return "\(item.string("source") ?? "?") \(item.int("sequence") ?? -1) \(text)"
                    }
                }
                let turn = { (word: String) in
                    ["user 0 \(word)", "sdk 1 init", "sdk 2 to \(word)", "sdk 3 success"]
                }
                #expect(texts(all) == turn("one") + turn("two"))
                let items = (all.json?.array("messages") ?? []).compactMap { JSONObject($0) }
                #expect(
                    items.first?.members.map(\.key) == [
                        "id", "type", "subtype", "content", "sequence", "timestamp", "source",
                    ]
                )
                let ids = items.compactMap { $0.int("id") }
                #expect(ids == ids.sorted() && Set(ids).count == 8)
                let pagination = #"{"limit":100,"offset":0,"total":8,"hasMore":false}"#
                #expect(all.json?.raw("pagination").map { String(buffer: $0) } == pagination)
                for offset in 0..<8 {
                    let page = try await server.request("GET", "\(path)?limit=3&offset=\(offset)")
                    #expect(texts(page) == Array(texts(all).dropFirst(offset).prefix(3)), "offset \(offset)")
                    #expect(page.json?.object("pagination")?.bool("hasMore") == (offset < 5))
                }
                let odd = try await server.request("GET", "\(path)?limit=x&offset=-1")
                #expect(texts(odd) == texts(all))
                let past = try await server.request("GET", "\(path)?offset=99999999999")
                #expect(texts(past).isEmpty && past.json?.object("pagination")?.int("total") == 8)
            }
        }
    }
}

/// The prompts that an agent was asked.
final class AskedPrompts: Sendable {
    private let prompts = Mutex<[String]>([])

    var all: [String] { self.prompts.withLock { $0 } }

    func add(_ prompt: String) {
        self.prompts.withLock { $0.append(prompt) }
    }
}
