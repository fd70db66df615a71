import Actors
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
