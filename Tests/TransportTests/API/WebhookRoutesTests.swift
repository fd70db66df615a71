import Actors
import Agent
import Foundation
import NIOCore
import NIOHTTP1
import Storage
import TestSupport
import Testing

@testable import Transport

extension ServerTests {
    /// Webhooks over real sockets, to a real receiver on the loopback.
    @Suite(.timeLimit(.minutes(1)))
    struct WebhookRoutesTests {
        /// Checks a signature by other code than ours: openssl(1).
        static func isSigned(_ call: WebhookReceiver.Call, with secret: String) async throws -> Bool {
            let (time, code) = try #require(call.signature)
            let sent = try #require(Int(time))
            #expect(abs(Date.now.timeIntervalSince1970 - Double(sent)) < 60)
            let result = try await TLSCommand.run(
                ["openssl", "dgst", "-sha256", "-hmac", secret],
                input: "\(time).\(call.body)",
                in: FileManager.default.temporaryDirectory
            )
            #expect(result.status == 0)
            return result.output.contains(code)
        }

        /// A server that may call the loopback, and tries again soon.
        private static func withServer(
            targets: [String] = ["127.0.0.0/8"],
            _ body: (TestServer, WebhookReceiver) async throws -> Void
        ) async throws {
            try await WebhookReceiver.with { receiver in
                try await TestServer.with(
                    configure: {
                        $0.webhookTargets = targets
                        $0.webhookLimits.schedule.delays = Array(repeating: .milliseconds(10), count: 4)
                        $0.callLimits.total = .seconds(2)
                    },
                    { try await body($0, receiver) }
                )
            }
        }

        private static func subscribe(
            _ server: TestServer,
            to url: String,
            events: String = #"["turn.ended"]"#,
            more: String = ""
        ) async throws -> HTTPClient.Response {
            try await server.request("POST", "/v1/webhooks", #"{"url":"\#(url)","events":\#(events)\#(more)}"#)
        }

        private static func say(_ server: TestServer, in session: String = "s1") async throws {
            let body = #"{"content":"Hi","wait_ms":9000}"#
            #expect(try await server.request("POST", "/v1/sessions/\(session)/messages", body).status == 200)
        }

        private static func deliveries(_ server: TestServer, _ webhook: String) async throws -> [JSONObject] {
            let response = try await server.request("GET", "/v1/webhooks/\(webhook)/deliveries")
            #expect(response.status == 200)
            return response.json?.array("deliveries")?.compactMap { JSONObject($0) } ?? []
        }

        // MARK: What is sent

        @Test func `events are sent as everywhere else, signed, once, and only those asked for`() async throws {
            try await Self.withServer { server, receiver in
                let made = try await Self.subscribe(server, to: receiver.url)
                #expect(made.status == 201)
                let id = try #require(made.json?.string("id"))
                #expect(made.head.headers["location"] == "/v1/webhooks/\(id)")
                let secret = try #require(made.json?.string("secret"))
                #expect(secret.hasPrefix("whsec_") && secret.utf8.count > 40)
                let session = try await server.session()
                try await Self.say(server)
                let call = try #require(try await receiver.calls(1).first)
                #expect(call.path == "/hook")
                #expect(call.headers["Content-Type"] == ["application/json"])
                #expect(call.headers["X-Troupe-Event"] == ["turn.ended"])
                #expect(call.headers["Host"] == ["127.0.0.1:\(receiver.port)"])
                let ended = session.log.newest(1) { $0.type == "turn.ended" }
                #expect(call.body == ended.first.map { String(buffer: $0.envelope) })
                #expect(try await Self.isSigned(call, with: secret))
                try await eventually("it is noted") {
                    try await Self.deliveries(server, id).first?.string("state") == "delivered"
                }
                let delivery = try #require(try await Self.deliveries(server, id).first)
                #expect(delivery.string("id") == call.headers["X-Troupe-Delivery"].first)
                #expect(receiver.calls.count == 1)
                let whole = try await server.request(
                    "GET",
                    "/v1/webhooks/\(id)/deliveries/\(delivery.string("id") ?? "")"
                )
                #expect(whole.json?.string("body") == call.body)
            }
        }

        @Test func `a webhook of one session hears of no other`() async throws {
            try await Self.withServer { server, receiver in
                try await server.session("s1")
                try await server.session("s2")
                let made = try await Self.subscribe(server, to: receiver.url, more: #","session":"s2""#)
                #expect(made.json?.string("session") == "s2")
                try await Self.say(server, in: "s1")
                try await Self.say(server, in: "s2")
                #expect(try await receiver.calls(1).first?.json?.string("session") == "s2")
                let none = try await Self.subscribe(server, to: receiver.url, more: #","session":"none""#)
                #expect(none.status == 404 && none.code == "session_not_found")
            }
        }

        @Test func `the same request with the same key is the same webhook`() async throws {
            try await Self.withServer { server, receiver in
                let key = ["Idempotency-Key": "once"]
                let body = #"{"url":"\#(receiver.url)","events":["turn.ended"]}"#
                let first = try await server.request("POST", "/v1/webhooks", body, headers: key)
                let again = try await server.request("POST", "/v1/webhooks", body, headers: key)
                #expect(first.status == 201 && again.status == 201)
                #expect(again.body == first.body && first.json?.string("secret") != nil)
                #expect(again.head.headers["location"] == first.head.headers["location"])
                let list = try await server.request("GET", "/v1/webhooks")
                #expect(list.json?.array("webhooks")?.count == 1)
                let other = try await server.request(
                    "POST",
                    "/v1/webhooks",
                    body.replacing("turn.ended", with: "job."),
                    headers: key
                )
                #expect(other.status == 409 && other.code == "idempotency_conflict")
                let id = try #require(first.json?.string("id"))
                #expect(try await server.request("DELETE", "/v1/webhooks/\(id)").status == 204)
                let anew = try await server.request("POST", "/v1/webhooks", body, headers: key)
                #expect(anew.status == 201 && anew.json?.string("id") != id)
            }
        }

        // MARK: Trouble

        @Test func `an error is tried again under the same id until it is taken`() async throws {
            try await Self.withServer { server, receiver in
                receiver.answer(.status(500), .close, .status(503))
                let made = try await Self.subscribe(server, to: receiver.url)
                let id = try #require(made.json?.string("id"))
                try await server.session()
                try await Self.say(server)
                let calls = try await receiver.calls(4)
                #expect(Set(calls.flatMap { $0.headers["X-Troupe-Delivery"] }).count == 1)
                #expect(Set(calls.map(\.body)).count == 1)
                try await eventually("it is taken") {
                    try await Self.deliveries(server, id).first?.string("state") == "delivered"
                }
                let attempts = try await Self.deliveries(server, id).first?.array("attempts")?.compactMap {
                    JSONObject($0)
                }
                #expect(attempts?.map { $0.int("status") } == [500, nil, 503, 204])
                #expect(attempts?.map { $0.string("error") != nil } == [true, true, true, false])
            }
        }

        @Test func `after five tries it is dead, and can be sent again by hand`() async throws {
            try await Self.withServer { server, receiver in
                receiver.answer(.status(500), .status(500), .status(500), .status(404), .status(500))
                let id = try #require(try await Self.subscribe(server, to: receiver.url).json?.string("id"))
                try await server.session()
                try await Self.say(server)
                try await eventually("it is dead") {
                    try await Self.deliveries(server, id).first?.string("state") == "dead"
                }
                #expect(receiver.calls.count == 5)
                let delivery = try #require(try await Self.deliveries(server, id).first?.string("id"))
                let path = "/v1/webhooks/\(id)/deliveries/\(delivery)/replay"
                let replayed = try await server.request("POST", path)
                #expect(replayed.status == 202)
                let call = try await receiver.calls(6)[5]
                #expect(call.headers["X-Troupe-Delivery"] == [delivery])
                try await eventually("it is taken") {
                    try await Self.deliveries(server, id).first?.string("state") == "delivered"
                }
                let none = try await server.request("POST", "/v1/webhooks/\(id)/deliveries/d_none/replay")
                #expect(none.status == 404 && none.code == "delivery_not_found")
            }
        }

        @Test func `a redirect is not followed, wherever it points`() async throws {
            try await WebhookReceiver.with { other in
                try await Self.withServer { server, receiver in
                    receiver.answer(.redirect(other.url), .redirect("http://169.254.169.254/latest/meta-data"))
                    let id = try #require(try await Self.subscribe(server, to: receiver.url).json?.string("id"))
                    try await server.session()
                    try await Self.say(server)
                    try await receiver.calls(3)
                    try await eventually("it is taken in the end") {
                        try await Self.deliveries(server, id).first?.string("state") == "delivered"
                    }
                    let attempts = try await Self.deliveries(server, id).first?.array("attempts")
                    #expect(attempts?.compactMap { JSONObject($0)?.int("status") } == [307, 307, 204])
                    #expect(other.calls.isEmpty)
                }
            }
        }

        @Test func `an answer without an end, and none at all, cost no more than their limits`() async throws {
            try await Self.withServer { server, receiver in
                receiver.answer(.silence, .endless)
                let id = try #require(try await Self.subscribe(server, to: receiver.url).json?.string("id"))
                try await server.session()
                try await Self.say(server)
                try await receiver.calls(2)
                try await eventually("the endless answer counts by its status") {
                    try await Self.deliveries(server, id).first?.string("state") == "delivered"
                }
                let attempts = try await Self.deliveries(server, id).first?.array("attempts")?.compactMap {
                    JSONObject($0)
                }
                #expect(attempts?.first?.string("error") == "timed_out")
                #expect(attempts?.last?.int("status") == 200)
            }
        }

        @Test(arguments: HostileTargets.urls)
        func `a target that is private, or no web server, is refused`(url: String) async throws {
            try await Self.withServer(targets: []) { server, _ in
                let refused = try await Self.subscribe(server, to: url)
                let isURL = (try? WebhookURL(url)) != nil
                #expect(refused.code == (isURL ? "webhook_target_refused" : "invalid_request"), "\(refused.body)")
                #expect(refused.status == (isURL ? 403 : 422))
                let pointers = refused.json?.array("errors")?.compactMap { JSONObject($0)?.string("pointer") }
                #expect(pointers == ["/url"])
            }
        }

        @Test func `a name that turns private after it was accepted is not called`() async throws {
            try await WebhookReceiver.with { receiver in
                try await TestServer.with { server in
                    // As if its name had resolved to a public address when it was made.
                    let webhook = Webhook(
                        owner: nil,
                        url: "http://localhost:\(receiver.port)/",
                        events: ["*"],
                        secret: "made-up-secret-of-a-test"
                    )
                    try await server.supervisor.webhooks.add(webhook)
                    try await server.session()
                    try await eventually("it is given up") {
                        try await Self.deliveries(server, webhook.id).contains { $0.string("state") == "dead" }
                    }
                    let delivery = try await Self.deliveries(server, webhook.id).first { $0.string("state") == "dead" }
                    let attempt = delivery?.array("attempts")?.first.flatMap { JSONObject($0) }
                    #expect(attempt?.string("error") == "target_refused")
                    #expect(receiver.calls.isEmpty)
                }
            }
        }

        @Test func `a name that is allowed is called by its name, at the address it has`() async throws {
            try await Self.withServer(targets: ["localhost"]) { server, receiver in
                let url = "http://localhost:\(receiver.port)/by-name"
                #expect(try await Self.subscribe(server, to: url).status == 201)
                try await server.session()
                try await Self.say(server)
                let call = try #require(try await receiver.calls(1).first)
                #expect(call.headers["Host"] == ["localhost:\(receiver.port)"] && call.path == "/by-name")
            }
        }

        // MARK: What is kept

        @Test func `a webhook is listed without its secret, and gone when it is deleted`() async throws {
            try await Self.withServer { server, receiver in
                let made = try await Self.subscribe(server, to: receiver.url, more: #","secret":"a-secret-of-my-own""#)
                #expect(made.json?.string("secret") == "a-secret-of-my-own")
                let id = try #require(made.json?.string("id"))
                for path in ["/v1/webhooks", "/v1/webhooks/\(id)"] {
                    let shown = try await server.request("GET", path)
                    #expect(shown.status == 200 && shown.body.contains(id) && !shown.body.contains("secret"))
                }
                #expect(try await server.request("DELETE", "/v1/webhooks/\(id)").status == 204)
                for path in ["/v1/webhooks/\(id)", "/v1/webhooks/\(id)/deliveries"] {
                    #expect(try await server.request("GET", path).code == "webhook_not_found")
                }
                #expect(try await server.request("DELETE", "/v1/webhooks/\(id)").status == 404)
            }
        }

        @Test(arguments: [
            ("{}", ["/url", "/events"]), (#"{"url":"nonsense","events":["*"]}"#, ["/url"]),
            (#"{"url":"http://a/#x","events":["*"]}"#, ["/url"]), (#"{"url":null,"events":["*"]}"#, ["/url"]),
            (#"{"url":"http://8.8.8.8/","events":[]}"#, ["/events"]),
            (#"{"url":"http://8.8.8.8/","events":["Turn"]}"#, ["/events"]),
            (#"{"url":"http://8.8.8.8/","events":"turn."}"#, ["/events"]),
            (#"{"url":"http://8.8.8.8/","events":["*"],"secret":"short"}"#, ["/secret"]),
            (#"{"url":"http://8.8.8.8/","events":["*"],"more":1}"#, ["/more"]),
        ])
        func `what is wrong with a webhook is pointed at`(body: String, pointers: [String]) async throws {
            try await TestServer.with { server in
                let refused = try await server.request("POST", "/v1/webhooks", body)
                #expect(refused.status == 422)
                let found = refused.json?.array("errors")?.compactMap { JSONObject($0)?.string("pointer") } ?? []
                #expect(Set(found) == Set(pointers), "\(refused.body)")
            }
        }

        @Test func `what could not be sent is sent by the next server, under the same id`() async throws {
            let directory = NSTemporaryDirectory() + "troupe-outbox-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: directory) }
            /// One life of a server on what the one before it left; tries once in that life.
            func live(_ body: (TestServer) async throws -> Void) async throws {
                let store = try Store(path: "\(directory)/troupe.db")
                try await TestServer.with(
                    configure: {
                        $0.store = store
                        $0.webhookTargets = ["127.0.0.1"]
                        $0.webhookLimits.schedule.delays = Array(repeating: .seconds(1), count: 4)
                    },
                    { server in
                        try await server.supervisor.webhooks.restore()
                        try await body(server)
                    }
                )
            }
            try await WebhookReceiver.with { receiver in
                receiver.answer(.status(500))
                var id = ""
                try await live { server in
                    id = try #require(try await Self.subscribe(server, to: receiver.url).json?.string("id"))
                    try await server.session()
                    try await Self.say(server)
                    try await receiver.calls(1)
                }
                try await live { server in
                    let calls = try await receiver.calls(2)
                    #expect(Set(calls.flatMap { $0.headers["X-Troupe-Delivery"] }).count == 1)
                    try await eventually("it is taken") {
                        try await Self.deliveries(server, id).first?.string("state") == "delivered"
                    }
                    #expect(try await Self.deliveries(server, id).first?.array("attempts")?.count == 2)
                }
                try await live { server in
                    let left = try await Self.deliveries(server, id)
                    #expect(left.map { $0.string("state") } == ["delivered"] && receiver.calls.count == 2)
                }
            }
        }

        @Test func `so many webhooks and no more`() async throws {
            try await TestServer.with(
                configure: {
                    $0.webhookTargets = ["127.0.0.1"]
                    $0.webhookLimits.perOwner = 1
                },
                { server in
                    #expect(try await Self.subscribe(server, to: "http://127.0.0.1:9999/").status == 201)
                    let refused = try await Self.subscribe(server, to: "http://127.0.0.1:9999/")
                    #expect(refused.status == 429 && refused.code == "webhook_limit")
                }
            )
        }
    }
}
