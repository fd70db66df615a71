import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    @Suite struct MetricsRoutesTests {
        /// The value of each series, by how it is written.
        private func scrape(_ server: TestServer) async throws -> [String: Double] {
            let response = try await server.request("GET", "/metrics")
            #expect(response.status == 200)
            #expect(response.head.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            var values: [String: Double] = [:]
            for line in response.body.split(separator: "\n") where !line.hasPrefix("#") {
                let space = try #require(line.lastIndex(of: " "))
                values[String(line[..<space])] = Double(line[line.index(after: space)...])
            }
            return values
        }

        @Test func `a turn, its tokens and its times are counted`() async throws {
            let model = #"{"inputTokens":7,"outputTokens":3,"costUSD":0.5}"#
            let usage = #""model_usage_since_last_result":{"m":\#(model)},"num_turns""#
            let agent = TestAgent { prompt in
                TestAgent.turn(prompt, pieces: ["Hello"]).map { $0.replacing(#""num_turns""#, with: usage) }
            }
            try await TestServer.with(agent) { server in
                try await server.session()
                let path = "/v1/sessions/s1/messages"
                let sent = try await server.request("POST", path, #"{"content":"hi","wait_ms":10000}"#)
                #expect(sent.status == 200)
                let values = try await self.scrape(server)
                #expect(values[#"troupe_sessions{state="idle"}"#] == 1)
                #expect(values["troupe_sessions_created_total"] == 1)
                #expect(values["troupe_processes_running"] == 1)
                #expect(values[#"troupe_processes_ready_duration_seconds_count{source="cold"}"#] == 1)
                #expect(values[#"troupe_prompts_accepted_total{delivery="queue"}"#] == 1)
                #expect(values["troupe_prompts_first_event_duration_seconds_count"] == 1)
                #expect(values[#"troupe_turns_ended_total{outcome="completed"}"#] == 1)
                #expect(values[#"troupe_turns_ended_total{outcome="killed"}"#] == 0)
                #expect(values["troupe_turns_duration_seconds_count"] == 1)
                #expect(values["troupe_dollars_spent_total"] == 0.5)
                #expect(values[#"troupe_tokens_used_total{kind="input"}"#] == 7)
                let route = #"method="POST",route="/v1/sessions/{id}/messages""#
                #expect(values["troupe_http_requests_total{\(route),status=\"2xx\"}"] == 1)
                #expect(values["troupe_http_requests_duration_seconds_count{\(route)}"] == 1)
                #expect(values["troupe_http_requests_running"] == 1)
                #expect(values["troupe_connections_open"] ?? 0 >= 1)
                #expect(values[#"troupe_connections_refused_total{reason="limit"}"#] == 0)
                #expect(values[#"troupe_build_info{agent="2",version="1"}"#] == 1)
            }
        }

        @Test func `streams are counted while they are open, with their bytes and how they ended`() async throws {
            try await TestServer.with { server in
                try await server.session()
                var stream = try await server.events()
                _ = try await stream.upTo("stream.synced")
                var values = try await self.scrape(server)
                #expect(values[#"troupe_subscribers{transport="sse"}"#] == 1)
                #expect(values[#"troupe_subscribers{transport="websocket"}"#] == 0)
                #expect(values[#"troupe_streams_opened_total{transport="sse"}"#] == 1)
                let sent = try await server.request("POST", "/v1/sessions/s1/messages", #"{"content":"hello"}"#)
                #expect(sent.status == 202)
                let events = try await stream.upTo("turn.ended")
                values = try await self.scrape(server)
                let bytes = events.reduce(0) { $0 + $1.text.utf8.count }
                #expect(values[#"troupe_streams_sent_bytes_total{transport="sse"}"#] ?? 0 > Double(bytes))
                #expect(values["troupe_subscribers_behind"] == 0)
                stream.client.connection.close()
                try await eventually("it has left") { try await server.viewers() == 0 }
                values = try await self.scrape(server)
                #expect(values[#"troupe_subscribers{transport="sse"}"#] == 0)
                #expect(values[#"troupe_streams_closed_total{code="gone",transport="sse"}"#] == 1)
            }
        }

        @Test func `jobs are counted by their end, and those that are not done as waiting`() async throws {
            let agent = TestAgent {
                $0.text.hasPrefix("wait") ? [TestAgent.begin] : TestAgent.turn($0, pieces: ["done"])
            }
            try await TestServer.with(agent) { server in
                try await server.session()
                func submit(_ text: String) async throws -> String {
                    let body = #"{"content":"\#(text)"}"#
                    let taken = try await server.request("POST", "/v1/sessions/s1/jobs", body)
                    return try #require(taken.json?.string("id"))
                }
                let first = try await submit("work")
                try await eventually("it is done") {
                    try await server.request("GET", "/v1/jobs/\(first)").json?.string("state") == "succeeded"
                }
                let second = try await submit("wait")
                try await eventually("it runs") {
                    try await server.request("GET", "/v1/jobs/\(second)").json?.string("state") == "running"
                }
                let third = try await submit("later")
                var values = try await self.scrape(server)
                #expect(values["troupe_jobs_waiting"] == 2)
                #expect(values[#"troupe_jobs_ended_total{outcome="succeeded"}"#] == 1)
                #expect(values[#"troupe_jobs_ended_total{outcome="cancelled"}"#] == 0)
                for id in [third, second] {
                    #expect(try await server.request("POST", "/v1/jobs/\(id)/cancel").status == 200)
                }
                values = try await self.scrape(server)
                #expect(values["troupe_jobs_waiting"] == 0)
                #expect(values[#"troupe_jobs_ended_total{outcome="succeeded"}"#] == 1)
                #expect(values[#"troupe_jobs_ended_total{outcome="cancelled"}"#] == 2)
                // The one that was taken back had never begun.
                #expect(values["troupe_jobs_duration_seconds_count"] == 2)
            }
        }

        @Test func `calls of webhooks are counted by their answers, and deliveries by their end`() async throws {
            func webhooks(_ server: TestServer, _ url: String) async throws -> String {
                let made = try await server.request(
                    "POST",
                    "/v1/webhooks",
                    #"{"url":"\#(url)","events":["turn.ended"]}"#
                )
                return try #require(made.json?.string("id"))
            }
            try await WebhookReceiver.with { receiver in
                try await TestServer.with(configure: {
                    $0.webhookTargets = ["127.0.0.1"]
                    $0.webhookLimits.schedule.delays = [.milliseconds(10), .seconds(600)]
                }) { server in
                    receiver.answer(.status(500), .status(204), .status(410), .status(302), .close)
                    func settles(_ name: String, _ value: Double) async throws {
                        try await eventually("\(name) is \(value)") { try await self.scrape(server)[name] == value }
                    }
                    func say() async throws {
                        let body = #"{"content":"hi","wait_ms":10000}"#
                        #expect(try await server.request("POST", "/v1/sessions/s1/messages", body).status == 200)
                    }
                    _ = try await webhooks(server, receiver.url)
                    try await server.session()
                    try await say()
                    try await settles(#"troupe_webhooks_settled_total{outcome="delivered"}"#, 1)
                    try await say()
                    try await settles(#"troupe_webhooks_settled_total{outcome="abandoned"}"#, 1)
                    try await say()
                    try await settles(#"troupe_webhooks_attempted_total{answer="none"}"#, 1)
                    var values = try await self.scrape(server)
                    for (answer, count) in [("5xx", 1.0), ("2xx", 1), ("4xx", 1), ("3xx", 1), ("forbidden", 0)] {
                        #expect(values["troupe_webhooks_attempted_total{answer=\"\(answer)\"}"] == count, "\(answer)")
                    }
                    #expect(values["troupe_webhooks_attempt_duration_seconds_count"] == 5)
                    #expect(values["troupe_webhooks_waiting"] == 1)
                    let list = try await server.request("GET", "/v1/webhooks").json?.array("webhooks")
                    let id = try #require(list?.first.flatMap { JSONObject($0) }?.string("id"))
                    #expect(try await server.request("DELETE", "/v1/webhooks/\(id)").status == 204)
                    values = try await self.scrape(server)
                    #expect(values["troupe_webhooks_waiting"] == 0)
                    #expect(values[#"troupe_webhooks_settled_total{outcome="withdrawn"}"#] == 1)
                }
            }
        }

        @Test func `requests over a rate are counted by their class, and so are wrong keys`() async throws {
            let ring = try KeyRing(plain: [#require(KeyRing.PlainKey("ann:a-token-of-some-length"))])
            let right = ["Authorization": "Bearer a-token-of-some-length"], wrong = ["Authorization": "Bearer wrong"]
            try await TestServer.with(configure: {
                $0.transport.rates = RateLimiter(RateLimits(light: 2, work: 1, failures: 1))
                $0.transport.keys = ring
                $0.transport.isMetricsOpen = true
            }) { server in
                for expected in [200, 200, 429, 429] {
                    #expect(try await server.request("GET", "/v1/sessions", headers: right).status == expected)
                }
                #expect(try await server.request("POST", "/v1/sessions", "{}", headers: right).status == 201)
                #expect(try await server.request("POST", "/v1/sessions", "{}", headers: right).status == 429)
                #expect(try await server.request("POST", "/v1/sessions", "{}", headers: wrong).status == 401)
                #expect(try await server.request("POST", "/v1/sessions", "{}", headers: wrong).status == 429)
                // Neither is it over a rate to be refused otherwise.
                #expect(try await server.request("GET", "/v1/nothing", headers: right).status == 404)
                let values = try await self.scrape(server)
                #expect(values[#"troupe_http_requests_limited_total{class="light"}"#] == 2)
                #expect(values[#"troupe_http_requests_limited_total{class="work"}"#] == 2)
                #expect(values[#"troupe_http_requests_limited_total{class="stream"}"#] == 0)
            }
        }

        @Test func `what is refused is counted by its reason, and a path that is none under one name`() async throws {
            try await TestServer.with(configure: { $0.supervisor.maximumSessions = 1 }) { server in
                try await server.session()
                #expect(try await server.request("POST", "/v1/sessions", "{}").status == 429)
                for number in 0..<20 { #expect(try await server.request("GET", "/nothing/\(number)").status == 404) }
                let values = try await self.scrape(server)
                #expect(values[#"troupe_sessions_refused_total{reason="session_limit"}"#] == 1)
                #expect(values[#"troupe_http_requests_total{method="GET",route="none",status="4xx"}"#] == 20)
                #expect(values.keys.allSatisfy { !$0.contains("/nothing") })
            }
        }
    }
}
