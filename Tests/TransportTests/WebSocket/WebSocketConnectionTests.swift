import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// The session protocol on a WebSocket (API.md, WebSocket).
    @Suite(.timeLimit(.minutes(1)))
    struct WebSocketConnectionTests {
        @Test func `the handshake proves itself and takes our subprotocol only`() async throws {
            try await TestServer.with { server in
                let plain = try await server.socket()
                #expect(plain.head.status == 101)
                #expect(plain.head.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                #expect(plain.head.headers["sec-websocket-protocol"] == nil)
                let asked = try await server.socket(headers: ["Sec-WebSocket-Protocol": "other, troupe.v1"])
                #expect(asked.head.headers["sec-websocket-protocol"] == "troupe.v1")
                let other = try await server.socket(headers: ["Sec-WebSocket-Protocol": "other"])
                #expect(other.head.status == 101 && other.head.headers["sec-websocket-protocol"] == nil)
            }
        }

        @Test func `what is no handshake is told what would be`() async throws {
            try await TestServer.with { server in
                let plain = try await server.request("GET", "/v1/ws")
                #expect(plain.status == 426 && plain.code == "upgrade_required")
                #expect(
                    plain.head.headers["upgrade"] == "websocket" && plain.head.headers["sec-websocket-version"] == "13"
                )
                #expect(try await server.socket(headers: ["Sec-WebSocket-Version": "8"]).head.status == 426)
                #expect(try await server.socket(headers: ["Sec-WebSocket-Key": "short"]).head.status == 426)
                #expect(try await server.socket("/v1/sessions").head.status == 200)
            }
        }

        @Test func `every operation is answered with its ref`() async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                var socket = try await server.socket()
                #expect(try await socket.ask(1, #""op":"ping""#).envelope.bool("ok") == true)
                let created = try await socket.ask(2, #""op":"create","id":"s1""#)
                #expect(created.envelope.object("session")?.string("id") == "s1")
                #expect(try await socket.ask(3, #""op":"attach","session":"s1""#).envelope.string("session") == "s1")
                _ = try await socket.upTo("stream.synced")
                let sent = try await socket.ask(4, #""op":"send","session":"s1","content":"Hi""#)
                #expect(sent.envelope.string("message_id") != nil && sent.envelope.string("cursor") != nil)
                try await eventually("it runs") {
                    try await server.supervisor.session("s1").summary().state == .running
                }
                let queued = try await socket.ask(5, #""op":"send","session":"s1","content":"Hi""#)
                let message = try #require(queued.envelope.string("message_id"))
                #expect(queued.envelope.int("position") == 1)
                let cancelled = try await socket.ask(
                    6,
                    #""op":"queue.cancel","session":"s1","message_id":"\#(message)""#
                )
                #expect(cancelled.envelope.bool("ok") == true)
                let interrupted = try await socket.ask(7, #""op":"interrupt","session":"s1""#)
                #expect(interrupted.envelope.string("outcome") == "interrupted")
                #expect(try await socket.ask(8, #""op":"list""#).envelope.int("total") == 1)
                #expect(try await server.viewers() == 1)
                #expect(try await socket.ask(9, #""op":"detach","session":"s1""#).envelope.bool("ok") == true)
                try await eventually("it is detached") { try await server.viewers() == 0 }
                #expect(try await socket.ask(10, #""op":"end","session":"s1""#).envelope.bool("ok") == true)
                #expect(try await socket.ask(11, #""op":"list""#).envelope.int("total") == 0)
            }
        }

        @Test(arguments: ["7", "\"x\"", "null", "true", #"{"a":[1,{}]}"#, #"[1,"\u00e9"]"#, "1e400"])
        func `a ref is any JSON, and comes back as it was`(ref: String) async throws {
            try await TestServer.with { server in
                var socket = try await server.socket()
                try await socket.send(#"{"op":"ping","ref":\#(ref)}"#)
                let text = try await socket.message()?.text
                #expect(text == (ref == "null" ? #"{"ok":true}"# : #"{"ref":\#(ref),"ok":true}"#))
            }
        }

        @Test(arguments: [
            (#"nonsense"#, "invalid_json"), (#"[]"#, "invalid_json"), (#"{"op":"dance"}"#, "unknown_operation"),
            (#"{}"#, "unknown_operation"), (#"{"op":"attach"}"#, "bad_request"),
            (#"{"op":"attach","session":"none"}"#, "session_not_found"),
            (#"{"op":"send","session":"none","content":"x"}"#, "session_not_found"),
            (#"{"op":"ping","surprise":1}"#, "invalid_request"),
            (#"{"op":"attach","session":"s1","after":"x"}"#, "invalid_cursor"),
            (#"{"op":"send","session":"s1"}"#, "invalid_request"), (#"{"op":"create","id":"s1"}"#, "session_exists"),
            (#"{"op":"queue.cancel","session":"s1","message_id":"m"}"#, "message_not_found"),
        ])
        func `what cannot be done is answered, and the socket goes on`(command: String, code: String) async throws {
            try await TestServer.with { server in
                try await server.session()
                var socket = try await server.socket()
                try await socket.send(command)
                let answer = try await socket.message()
                #expect(answer?.envelope.bool("ok") == false)
                #expect(answer?.envelope.object("error")?.string("code") == code)
                #expect(answer?.envelope.object("error")?.string("message")?.isEmpty == false)
                #expect(try await socket.ask(1, #""op":"ping""#).envelope.bool("ok") == true)
            }
        }

        @Test func `a limit says when to come back`() async throws {
            try await TestServer.with(configure: { $0.supervisor.maximumSessions = 0 }) { server in
                var socket = try await server.socket()
                let refused = try await socket.ask(1, #""op":"create""#).envelope.object("error")
                #expect(refused?.string("code") == "session_limit" && refused?.int("retry_after_ms") == 30_000)
            }
        }

        @Test func `many sessions share a socket, and the end of one leaves it open`() async throws {
            try await TestServer.with { server in
                let ids = (1...5).map { "s\($0)" }
                var socket = try await server.socket()
                for id in ids {
                    try await server.session(id)
                    #expect(try await socket.ask(1, #""op":"attach","session":"\#(id)""#).envelope.bool("ok") == true)
                    _ = try await socket.upTo("stream.synced")
                }
                for id in ids { try await socket.send(#"{"op":"send","session":"\#(id)","content":"Hi"}"#) }
                var ended: Set<String> = []
                while ended.count < ids.count, let event = try await socket.message() {
                    if event.type == "turn.ended", let id = event.envelope.string("session") { ended.insert(id) }
                }
                #expect(ended == Set(ids))
                _ = try await server.request("DELETE", "/v1/sessions/s3")
                let bye = try await socket.upTo("stream.bye").last
                #expect(bye?.envelope.string("session") == "s3" && bye?.data?.int("code") == 4504)
                #expect(try await socket.ask(3, #""op":"ping""#).envelope.bool("ok") == true)
            }
        }

        @Test func `a second attachment takes the place of the first`() async throws {
            try await TestServer.with { server in
                try await server.session()
                var socket = try await server.socket()
                for _ in 0..<10 {
                    _ = try await socket.ask(1, #""op":"attach","session":"s1","after":"earliest""#)
                    _ = try await socket.upTo("stream.synced")
                }
                try await eventually("one viewer is left") { try await server.viewers() == 1 }
                try await socket.send(#"{"op":"send","session":"s1","content":"Hi"}"#)
                let ids = try await socket.upTo("turn.ended").compactMap(\.id)
                #expect(ids.count == Set(ids).count)
            }
        }

        @Test func `a socket of one session is attached, and closes with it`() async throws {
            try await TestServer.with { server in
                try await server.session()
                var socket = try await server.socket("/v1/sessions/s1/ws?after=earliest&previews=none")
                #expect(try await socket.upTo("stream.synced").first?.data?.string("resume") == "replay")
                try await socket.send(#"{"op":"send","content":"Hi"}"#)
                #expect(try await !socket.upTo("turn.ended").contains { $0.type == "agent.stream_event" })
                try await socket.send(#"{"op":"end"}"#)
                #expect(try await socket.close()?.code == 4504)
                #expect(try await socket.frame() == nil)
            }
        }

        @Test(arguments: [("none/ws", 4504, "session_not_found"), ("s1/ws?after=x", 4501, "invalid_cursor")])
        func `a socket of what is not there says so`(path: String, code: Int, reason: String) async throws {
            try await TestServer.with { server in
                try await server.session()
                var socket = try await server.socket("/v1/sessions/\(path)")
                let close = try await socket.close()
                #expect(close?.code == code && close?.reason == reason)
            }
        }

        @Test func `a viewer too many is closed`() async throws {
            try await TestServer.with(configure: { $0.supervisor.session.maximumViewers = 0 }) { server in
                try await server.session()
                var socket = try await server.socket("/v1/sessions/s1/ws")
                #expect(try await socket.close()?.code == 4505)
            }
        }

        @Test func `a drain closes every socket with its code, after the farewell of its streams`() async throws {
            try await TestServer.with { server in
                try await server.session("s1")
                try await server.session("s2")
                var socket = try await server.socket()
                for id in ["s1", "s2"] {
                    _ = try await socket.ask(1, #""op":"attach","session":"\#(id)""#)
                    _ = try await socket.upTo("stream.synced")
                }
                await server.transport.closeStreams()
                for _ in 0..<2 { #expect(try await socket.message()?.data?.int("code") == 4009) }
                #expect(try await socket.close()?.code == 4009)
                #expect(try await socket.frame() == nil)
            }
        }
    }
}
