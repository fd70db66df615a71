import Actors
import Agent
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import Transport

extension ServerTests {
    /// Jobs, webhooks and templates where there are keys: each key has its own, and nobody learns of another's.
    @Suite(.timeLimit(.minutes(1)))
    struct JobOwnershipTests {
        /// A key and the header that shows it.
        private struct Holder {
            let key: AccessKey
            let headers: [String: String]

            init(_ name: String, _ scopes: Set<Scope>) {
                let (token, id) = KeyToken.make()
                self.key = AccessKey(
                    id: id,
                    name: name,
                    digest: KeyToken.digest(token),
                    scopes: scopes,
                    createdAt: Timestamp.now()
                )
                self.headers = ["Authorization": "Bearer \(token)"]
            }
        }

        private static func withKeys(
            _ holders: [Holder],
            _ body: (TestServer, WebhookReceiver, _ revoke: (Holder) throws -> Void) async throws -> Void
        ) async throws {
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
                "troupe-keys-\(UUID().uuidString)"
            )
            defer { try? FileManager.default.removeItem(at: directory) }
            let file = KeyFile(path: directory.appendingPathComponent("keys.json").path)
            try file.write(holders.map(\.key))
            let keys = try KeyRing(file: file)
            try await WebhookReceiver.with { receiver in
                let agent = TestAgent {
                    $0.text == "wait" ? [TestAgent.begin] : TestAgent.turn($0, pieces: ["done"])
                }
                try await TestServer.with(
                    agent,
                    configure: {
                        $0.transport.keys = keys
                        $0.webhookTargets = ["127.0.0.1"]
                        $0.webhookLimits.schedule.delays = [.milliseconds(10)]
                    },
                    { server in
                        try await body(server, receiver) { gone in
                            try file.write(holders.map(\.key).filter { $0.id != gone.key.id })
                            _ = try keys.reload()
                        }
                    }
                )
            }
        }

        private static func create(_ server: TestServer, _ id: String, _ holder: Holder) async throws {
            let made = try await server.request("POST", "/v1/sessions", #"{"id":"\#(id)"}"#, headers: holder.headers)
            #expect(made.status == 201)
        }

        private static func submit(
            _ server: TestServer,
            _ session: String,
            _ holder: Holder,
            _ text: String = "work",
            hook: String? = nil
        ) async throws -> String {
            let more = hook.map { #","webhook_url":"\#($0)""# } ?? ""
            let taken = try await server.request(
                "POST",
                "/v1/sessions/\(session)/jobs",
                #"{"content":"\#(text)"\#(more)}"#,
                headers: holder.headers
            )
            #expect(taken.status == 202)
            return try #require(taken.json?.string("id"))
        }

        @Test func `a key sees its own jobs and webhooks, and of others' not that they are there`() async throws {
            let (one, two) = (Holder("one", [.read, .send]), Holder("two", [.read, .send]))
            try await Self.withKeys([one, two]) { server, receiver, _ in
                // Both may have a session of that id.
                try await Self.create(server, "same", one)
                try await Self.create(server, "same", two)
                let body = #"{"url":"\#(receiver.url)","events":["*"]}"#
                let hook = try await server.request("POST", "/v1/webhooks", body, headers: one.headers)
                let webhook = try #require(hook.json?.string("id"))
                let job = try await Self.submit(server, "same", one)
                let other = try await Self.submit(server, "same", two)
                try await receiver.calls(1)
                try await eventually("a call of the job's end") {
                    receiver.calls.contains { $0.headers["X-Troupe-Event"] == ["job.ended"] }
                }
                #expect(!receiver.calls.contains { $0.body.contains(other) })
                for path in [
                    "/v1/jobs/\(job)", "/v1/jobs/\(job)/deliveries", "/v1/sessions/same/jobs/\(job)",
                    "/v1/webhooks/\(webhook)", "/v1/webhooks/\(webhook)/deliveries",
                ] {
                    #expect(try await server.request("GET", path, headers: one.headers).status == 200, "\(path)")
                    let hidden = try await server.request("GET", path, headers: two.headers)
                    let made = path.replacing(job, with: "j_none").replacing(webhook, with: "w_none")
                    let missing = try await server.request("GET", made, headers: two.headers)
                    #expect(hidden.status == 404 && hidden.code == missing.code, "\(path)")
                    #expect(hidden.json?.string("detail") == missing.json?.string("detail"), "\(path)")
                    #expect(try await server.request("GET", path).status == 401, "\(path)")
                }
                #expect(try await server.request("POST", "/v1/jobs/\(job)/cancel", headers: two.headers).status == 404)
                #expect(
                    try await server.request("DELETE", "/v1/webhooks/\(webhook)", headers: two.headers).status == 404
                )
                let list = try await server.request("GET", "/v1/jobs", headers: two.headers)
                #expect(list.body.contains(other) && !list.body.contains(job))
                let hooks = try await server.request("GET", "/v1/webhooks", headers: two.headers)
                #expect(!hooks.body.contains(webhook))
            }
        }

        @Test func `who may see all sessions sees all jobs, and its webhook hears of all, but not others' webhooks`()
            async throws
        {
            let (one, boss) = (Holder("one", [.read, .send]), Holder("boss", Set(Scope.allCases)))
            try await Self.withKeys([one, boss]) { server, receiver, _ in
                try await Self.create(server, "s1", one)
                let body = #"{"url":"\#(receiver.url)","events":["job.ended"]}"#
                for holder in [one, boss] {
                    #expect(
                        try await server.request("POST", "/v1/webhooks", body, headers: holder.headers).status == 201
                    )
                }
                let job = try await Self.submit(server, "s1", one)
                try await receiver.calls(2)
                let seen = try await server.request("GET", "/v1/jobs/\(job)", headers: boss.headers)
                #expect(seen.status == 200 && seen.json?.string("owner") == one.key.id)
                let hooks = try await server.request("GET", "/v1/webhooks", headers: boss.headers)
                #expect(hooks.json?.array("webhooks")?.count == 1)
            }
        }

        @Test func `a key that is revoked hears no more`() async throws {
            let (one, boss) = (Holder("one", [.read, .send]), Holder("boss", Set(Scope.allCases)))
            try await Self.withKeys([one, boss]) { server, receiver, revoke in
                try await Self.create(server, "s1", one)
                let body = #"{"url":"\#(receiver.url)","events":["*"]}"#
                #expect(try await server.request("POST", "/v1/webhooks", body, headers: one.headers).status == 201)
                _ = try await Self.submit(server, "s1", one, hook: receiver.url)
                // Its webhook, and the job's own.
                try await eventually("both calls") {
                    receiver.calls.count(where: { $0.headers["X-Troupe-Event"] == ["job.ended"] }) == 2
                }
                let job = try await Self.submit(server, "s1", one, "wait", hook: receiver.url)
                try await eventually("it is told that the job runs") {
                    receiver.calls.count(where: { $0.headers["X-Troupe-Event"] == ["agent.system.init"] }) == 2
                }
                try revoke(one)
                let before = receiver.calls.count
                let path = "/v1/jobs/\(job)/cancel"
                #expect(try await server.request("POST", path, headers: boss.headers).status == 200)
                try await eventually("the call of the job's end is given up") {
                    let deliveries = try await server.request(
                        "GET",
                        "/v1/jobs/\(job)/deliveries",
                        headers: boss.headers
                    )
                    return deliveries.body.contains(#""key_gone""#)
                }
                #expect(receiver.calls.count == before)
            }
        }

        @Test func `scopes say who may hand in, subscribe and reload`() async throws {
            let (reader, sender) = (Holder("reader", [.read]), Holder("sender", [.read, .send]))
            try await Self.withKeys([reader, sender]) { server, receiver, _ in
                try await Self.create(server, "s1", sender)
                let hook = #"{"url":"\#(receiver.url)","events":["*"]}"#
                let refused = try await server.request("POST", "/v1/webhooks", hook, headers: reader.headers)
                #expect(refused.status == 403)
                let job = #"{"content":"x"}"#
                #expect(
                    try await server.request("POST", "/v1/sessions/s1/jobs", job, headers: reader.headers).status != 202
                )
                #expect(try await server.request("POST", "/v1/templates/reload", headers: sender.headers).status == 403)
                #expect(try await server.request("GET", "/v1/templates", headers: reader.headers).status == 200)
                #expect(try await server.request("GET", "/v1/templates").status == 401)
            }
        }
    }
}
