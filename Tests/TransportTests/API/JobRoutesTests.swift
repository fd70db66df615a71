import Actors
import Agent
import NIOCore
import NIOHTTP1
import Testing

@testable import Transport

extension ServerTests {
    /// Jobs over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct JobRoutesTests {
        /// Answers everything but what begins with "wait".
        private static var agent: TestAgent {
            TestAgent {
                $0.text.hasPrefix("wait") ? [TestAgent.begin] : TestAgent.turn($0, pieces: ["done: ", $0.text])
            }
        }

        private static func submit(
            _ server: TestServer,
            _ body: String,
            headers: [String: String] = [:]
        ) async throws -> HTTPClient.Response {
            try await server.request("POST", "/v1/sessions/s1/jobs", body, headers: headers)
        }

        private static func job(_ server: TestServer, _ id: String) async throws -> JSONObject {
            let response = try await server.request("GET", "/v1/sessions/s1/jobs/\(id)")
            #expect(response.status == 200)
            return try #require(response.json)
        }

        private static func jobs(_ response: HTTPClient.Response) -> [JSONObject] {
            response.json?.array("jobs")?.compactMap { JSONObject($0) } ?? []
        }

        @Test func `a job is taken, runs, and has its result`() async throws {
            try await TestServer.with(Self.agent) { server in
                try await server.session()
                let taken = try await Self.submit(server, #"{"content":"work"}"#)
                #expect(taken.status == 202)
                let id = try #require(taken.json?.string("id"))
                #expect(taken.head.headers["location"] == "/v1/sessions/s1/jobs/\(id)")
                #expect(taken.json?.string("session") == "s1" && taken.json?.string("content") == "work")
                #expect(taken.json?.int("position") == 0 && taken.json?.string("cursor") != nil)
                #expect(taken.json?.raw("webhook_secret") == nil)
                try await eventually("the job is done") {
                    try await Self.job(server, id).string("state") == "succeeded"
                }
                let job = try await Self.job(server, id)
                #expect(job.string("result") == "done: work" && job.double("cost_usd") != nil)
                #expect(job.string("turn")?.hasPrefix("t_") == true && job.raw("error") == nil)
                #expect(job.string("started_at") != nil && job.string("ended_at") != nil)
                let same = try await server.request("GET", "/v1/jobs/\(id)")
                #expect(same.json?.string("id") == id)
            }
        }

        @Test func `jobs are listed newest first, of a session and of all, by state`() async throws {
            try await TestServer.with(Self.agent) { server in
                try await server.session("s1")
                try await server.session("s2")
                var ids: [String] = []
                for (session, text) in [("s1", "one"), ("s2", "two"), ("s1", "wait")] {
                    let taken = try await server.request(
                        "POST",
                        "/v1/sessions/\(session)/jobs",
                        #"{"content":"\#(text)"}"#
                    )
                    try ids.append(#require(taken.json?.string("id")))
                }
                try await eventually("two are done") {
                    let done = try await server.request("GET", "/v1/jobs?state=succeeded")
                    return Self.jobs(done).count == 2
                }
                let all = Self.jobs(try await server.request("GET", "/v1/jobs"))
                #expect(Set(all.compactMap { $0.string("id") }) == Set(ids))
                #expect(all.allSatisfy { $0.raw("content") == nil })
                let own = Self.jobs(try await server.request("GET", "/v1/sessions/s1/jobs"))
                #expect(own.compactMap { $0.string("id") } == [ids[2], ids[0]])
                #expect(Self.jobs(try await server.request("GET", "/v1/jobs?limit=1")).count == 1)
                for query in ["state=done", "limit=0", "limit=x"] {
                    #expect(try await server.request("GET", "/v1/jobs?\(query)").status == 400)
                }
                // Found only where it is.
                #expect(try await server.request("GET", "/v1/sessions/s2/jobs/\(ids[0])").code == "job_not_found")
                #expect(try await server.request("GET", "/v1/jobs/j_none").status == 404)
                #expect(try await server.request("GET", "/v1/sessions/none/jobs").code == "session_not_found")
            }
        }

        @Test func `the same request with the same key is the same job`() async throws {
            try await TestServer.with(Self.agent) { server in
                try await server.session()
                let key = ["Idempotency-Key": "once"]
                let first = try await Self.submit(server, #"{"content":"work"}"#, headers: key)
                let again = try await Self.submit(server, #"{"content":"work"}"#, headers: key)
                #expect(first.status == 202 && again.status == 202)
                #expect(first.json?.string("id") == again.json?.string("id"))
                let other = try await Self.submit(server, #"{"content":"other"}"#, headers: key)
                #expect(other.status == 409 && other.code == "idempotency_conflict")
            }
        }

        @Test func `a job that runs and one that waits are cancelled; one that is done is not`() async throws {
            try await TestServer.with(Self.agent) { server in
                try await server.session()
                let running = try #require(try await Self.submit(server, #"{"content":"wait"}"#).json?.string("id"))
                let waiting = try #require(try await Self.submit(server, #"{"content":"two"}"#).json?.string("id"))
                try await eventually("it runs") { try await Self.job(server, running).string("state") == "running" }
                #expect(try await Self.job(server, waiting).string("state") == "queued")
                let second = try await server.request("POST", "/v1/sessions/s1/jobs/\(waiting)/cancel")
                #expect(second.status == 200 && second.json?.string("state") == "cancelled")
                #expect(second.json?.object("error")?.string("code") == "taken_back")
                let first = try await server.request("POST", "/v1/jobs/\(running)/cancel", "{}")
                #expect(first.status == 200 && first.json?.object("error")?.string("code") == "interrupted")
                let again = try await server.request("POST", "/v1/jobs/\(running)/cancel")
                #expect(again.status == 409 && again.code == "job_done")
            }
        }

        @Test(arguments: [
            ("{}", "/content", 422), (#"{"content":5}"#, "/content", 422), (#"{"content":"x","more":1}"#, "/more", 422),
            (#"{"content":"x","webhook_url":"ftp://a"}"#, "/webhook_url", 422),
            (#"{"content":"x","webhook_url":"http://user:pass@a/"}"#, "/webhook_url", 422),
            (#"{"content":"x","webhook_url":"http://a/","webhook_secret":"short"}"#, "/webhook_secret", 422),
            (#"{"content":"x","webhook_url":"http://127.0.0.1:9999/"}"#, "/webhook_url", 403),
            (#"{"content":"x","webhook_url":"http://169.254.169.254/latest/meta-data"}"#, "/webhook_url", 403),
            (#"{"content":"x","webhook_url":"http://localhost/"}"#, "/webhook_url", 403),
        ])
        func `what is wrong with a job is pointed at`(body: String, pointer: String, status: Int) async throws {
            try await TestServer.with(Self.agent) { server in
                try await server.session()
                let refused = try await Self.submit(server, body)
                #expect(refused.status == status)
                let pointers = refused.json?.array("errors")?.compactMap { JSONObject($0)?.string("pointer") }
                #expect(pointers?.contains(pointer) == true, "\(refused.body)")
                #expect(Self.jobs(try await server.request("GET", "/v1/jobs")).isEmpty)
            }
        }

        @Test func `a job's own webhook is told of its end, signed with its secret`() async throws {
            try await WebhookReceiver.with { receiver in
                try await TestServer.with(Self.agent, configure: { $0.webhookTargets = ["127.0.0.1"] }) { server in
                    try await server.session()
                    let body = #"{"content":"work","webhook_url":"\#(receiver.url)"}"#
                    let taken = try await Self.submit(server, body, headers: ["Idempotency-Key": "k"])
                    let secret = try #require(taken.json?.string("webhook_secret"))
                    let id = try #require(taken.json?.string("id"))
                    #expect(taken.json?.string("webhook_url") == receiver.url)
                    let call = try #require(try await receiver.calls(1).first)
                    #expect(call.headers["X-Troupe-Event"] == ["job.ended"])
                    #expect(call.json?.object("data")?.string("id") == id)
                    #expect(call.json?.object("data")?.string("result") == "done: work")
                    #expect(try await WebhookRoutesTests.isSigned(call, with: secret))
                    // Never shown again.
                    let again = try await Self.submit(server, body, headers: ["Idempotency-Key": "k"])
                    #expect(again.json?.string("id") == id && again.json?.raw("webhook_secret") == nil)
                    #expect(!(try await server.request("GET", "/v1/jobs/\(id)").body.contains(secret)))
                    let deliveries = try await server.request("GET", "/v1/jobs/\(id)/deliveries")
                    #expect(deliveries.json?.int("total") == 1 && !deliveries.body.contains(secret))
                }
            }
        }
    }
}
