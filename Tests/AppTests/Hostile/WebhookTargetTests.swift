import TestSupport
import Testing

extension HostileTests {
    /// Clients that would have the server call what only it can reach.
    @Suite
    struct WebhookTargetTests {
        /// The one address that the operator has opened.
        private static let allowed = "127.0.0.9"
        /// Redirects of each of these statuses.
        private static let statuses = [301, 302, 303, 307, 308]

        private static let taken = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"

        @Test func `no target that is private is called, however it is written`() async throws {
            // Whoever connects to this port, by whatever way to write this machine, is seen.
            let inside = try await LoopbackListener("::", answer: Self.taken)
            try await Siege.run("webhook targets", ["--allow-webhook-target", Self.allowed], bound: 32) { siege in
                let server = siege.server
                var urls = HostileTargets.urls
                urls += (HostileTargets.loopback + HostileTargets.near).map { "http://\($0):\(inside.port)/" }
                urls += [
                    "http://\(Self.allowed)@127.0.0.1:\(inside.port)/",
                    "http://127.0.0.1:\(inside.port)#\(Self.allowed)",
                    "http://\(Self.allowed).localhost:\(inside.port)/", "http://\(Self.allowed)/..//127.0.0.1\\",
                    "file:///etc/passwd", "gopher://127.0.0.1:\(inside.port)/", "//127.0.0.1:\(inside.port)/",
                ]
                for url in urls {
                    let hook: JSON = ["url": .text(url), "events": ["*"]]
                    let refused = try await server.request("POST", "/v1/webhooks", hook)
                    #expect(Self.isRefusal(refused), "\(url): \(refused.status) \(refused.text)")
                    let job: JSON = ["content": "say hello", "webhook_url": .text(url)]
                    let alsoRefused = try await server.request("POST", "/v1/sessions/witness/jobs", job)
                    #expect(Self.isRefusal(alsoRefused), "\(url): \(alsoRefused.status) \(alsoRefused.text)")
                }
                #expect(try await server.request("GET", "/v1/webhooks").json["webhooks"].elements.isEmpty)
                _ = try await siege.run("say hello")
                print("hostile: webhook targets: \(urls.count) refused twice, \(inside.connections) connections")
                #expect(inside.connections == 0)
            }
            try await inside.close()
        }

        private static func isRefusal(_ response: HTTPResponse) -> Bool {
            let code = try? response.json["code"].text
            return response.status == 403 && code == "webhook_target_refused"
                || response.status == 422 && code == "invalid_request"
        }

        @Test func `a redirect from a target that is allowed leads nowhere`() async throws {
            let inside = try await LoopbackListener("::", answer: Self.taken)
            var outside: [LoopbackListener] = []
            // As many webhooks as one owner may have.
            for (index, host) in HostileTargets.loopback.prefix(20).enumerated() {
                let status = Self.statuses[index % Self.statuses.count]
                let target = "http://\(host):\(inside.port)/"
                outside.append(
                    try await LoopbackListener(
                        Self.allowed,
                        answer: "HTTP/1.1 \(status) Elsewhere\r\nLocation: \(target)\r\nContent-Length: 0\r\n"
                            + "Connection: close\r\n\r\n"
                    )
                )
            }
            let count = outside.count
            try await Siege.run("webhook redirects", ["--allow-webhook-target", Self.allowed], bound: 32) { siege in
                let server = siege.server
                var hooks: [String] = []
                for listener in outside {
                    let url = "http://\(Self.allowed):\(listener.port)/hook"
                    let made = try await server.request("POST", "/v1/webhooks", ["url": .text(url), "events": ["*"]])
                    #expect(made.status == 201, "\(made.text)")
                    hooks.append(try #require(try made.json["id"].text))
                }
                _ = try await siege.run("say hello")
                try await waitUntil("a call of every target") { outside.allSatisfy { $0.connections > 0 } }
                for (index, hook) in hooks.enumerated() {
                    let status = Self.statuses[index % Self.statuses.count]
                    try await Self.waitForAttempt(hook, status, on: server)
                    #expect(try await server.request("DELETE", "/v1/webhooks/\(hook)").status == 204)
                }
                print("hostile: webhook redirects: \(count) called and not followed, \(inside.connections) connections")
                #expect(inside.connections == 0)
            }
            for listener in outside { try await listener.close() }
            try await inside.close()
        }

        /// Waits until a delivery has an attempt that was answered so, and counts as failed.
        private static func waitForAttempt(_ hook: String, _ status: Int, on server: ServerProcess) async throws {
            let deadline = ContinuousClock.now + .seconds(20)
            while true {
                let deliveries = try await server.request("GET", "/v1/webhooks/\(hook)/deliveries").json["deliveries"]
                let attempts = deliveries.elements.flatMap(\.["attempts"].elements)
                if attempts.contains(where: { $0["status"].integer == status && $0["error"].text != nil }) { return }
                guard ContinuousClock.now < deadline else {
                    throw Timeout("attempt with \(status) but \(deliveries)", after: .seconds(20))
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
