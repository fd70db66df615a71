import Foundation
import Testing

/// Jobs of the built program, over its death and its end.
@Suite(.timeLimit(.minutes(15)))
struct JobTests {
    private static func submit(_ text: String, to session: SessionClient) async throws -> String {
        let response = try await session.request("POST", "/jobs", ["content": .text(text)])
        try #require(response.status == 202, "\(response.text)")
        return try #require(try response.json["id"].text)
    }

    /// Waits until a job is in that state, and gives it.
    @discardableResult
    private static func job(
        _ id: String,
        _ state: JSON,
        on server: ServerProcess,
        within limit: Duration = .seconds(40)
    ) async throws -> JSON {
        let deadline = ContinuousClock.now + limit
        while true {
            let job = try await server.request("GET", "/v1/jobs/\(id)").json
            if job["state"] == state { return job }
            guard ContinuousClock.now < deadline else {
                throw Timeout("state \(state) but \(job)", after: limit)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test
    func `killed in mid-job: it has failed and is never sent again, and those that waited go on`() async throws {
        try await withStoringServer { server in
            let session = try await server.createSession()
            let cut = try await Self.submit("forever 20", to: session)
            let waiting = try await Self.submit("say waited", to: session)
            let last = try await Self.submit("memory", to: session)
            try await Self.job(cut, "running", on: server)
            #expect(try await Self.job(waiting, "queued", on: server)["position"] == .null)
            let next = try await server.restarted()
            let failed = try await Self.job(cut, "failed", on: next)
            #expect(failed["error"]["code"] == "agent_lost")
            #expect(try await Self.job(waiting, "succeeded", on: next)["result"] == "waited")
            // Had it been sent again, the agent would remember it after what waited.
            let memory = try await Self.job(last, "succeeded", on: next)["result"].text ?? ""
            #expect(memory.components(separatedBy: "forever 20").count <= 2, "\(memory)")
            let all = try await next.request("GET", "/v1/jobs").json["jobs"].elements
            #expect(all.compactMap(\.["id"].text) == [last, waiting, cut])
        }
    }

    @Test
    func `an end in order lets the job finish, and the next server knows its result`() async throws {
        try await withStoringServer(["--drain-timeout", "30"]) { server in
            let session = try await server.createSession()
            let job = try await Self.submit("echo 40 20", to: session)
            try await Self.job(job, "running", on: server)
            let next = try await server.restarted(by: SIGTERM)
            let done = try await Self.job(job, "succeeded", on: next)
            #expect(done["result"].text?.isEmpty == false && done["turn"].text != nil)
            #expect(done["cost_usd"].number != nil)
            let again = try await session.on(next).request("POST", "/jobs/\(job)/cancel")
            #expect(again.status == 409)
        }
    }

    @Test
    func `webhooks may call the loopback only where the operator says so`() async throws {
        let low: JSON = ["url": "http://127.0.0.1:9/", "events": ["*"]]
        let high: JSON = ["url": "http://127.0.0.1:9999/", "events": ["*"]]
        try await withServer { server in
            let refused = try await server.request("POST", "/v1/webhooks", high)
            #expect(refused.status == 403)
        }
        try await withServer(["--allow-webhook-target", "127.0.0.0/8"]) { server in
            // The operator has named the block, so its ports are his to judge too.
            for body in [high, low] {
                let made = try await server.request("POST", "/v1/webhooks", body)
                #expect(made.status == 201)
            }
        }
        await #expect(throws: Timeout.self) {
            try await withServer(["--allow-webhook-target", "http://x"]) { _ in }
        }
    }
}
