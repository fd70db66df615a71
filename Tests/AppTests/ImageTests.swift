import Foundation
import Testing

/// Images in prompts: what the CLI never gets to see.
@Suite(.timeLimit(.minutes(15)))
struct ImageTests {
    /// 1x1 pixel.
    static let good =
        "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAACXRFWHRUaXRsZQByZWQz32egAAAAB0lEQVR42mP4z8DAclmNdwAAAAlJREFU"
        + "AMNQAAAs5wL+WLZzCgAAAABJRU5ErkJggg=="

    static func content(_ base64: String, type: JSON = "image/png") -> JSON {
        [
            ["type": "text", "text": "say seen"],
            ["type": "image", "source": ["type": "base64", "media_type": type, "data": .text(base64)]],
        ]
    }

    @Test
    func `oversized or corrupt image is refused before the CLI sees it`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            let damaged = Self.good.replacing("AAAAB0lEQVR42mP4", with: "AAAAB0lEQVR42mP5")
            let bad: [(what: String, content: JSON)] = [
                ("damaged", Self.content(damaged)),
                ("cut", Self.content(String(Self.good.prefix(100)))),
                ("another type", Self.content(Self.good, type: "image/jpeg")),
                ("too large", Self.content(String(repeating: "A", count: 6 << 20))),
                ("no base64", Self.content("!!!!")),
            ]
            for (what, content) in bad {
                let refused = try await session.request("POST", "/messages", ["content": content])
                #expect(refused.status == 422, "\(what)")
                let pointer = try refused.json["errors"][0]["pointer"].text
                #expect(pointer?.hasPrefix("/content/1/source") == true, "\(what): \(pointer ?? "nothing")")
            }
            let summary = try await session.summary()
            #expect(summary["usage"]["turns"] == 0)
            #expect(summary["process"]["restarts"] == 0)
            let sent = try await session.request(
                "POST",
                "/messages",
                ["content": Self.content(Self.good), "wait_ms": 60_000]
            )
            #expect(sent.status == 200, "\(sent.text)")
            #expect(try sent.json["outcome"] == "completed")
            _ = try await stream.next("turn.ended")
            #expect(stream.events.count { $0.type == "message.accepted" } == 1)
            #expect(try await session.run("say usable")["result"] == "usable")
        }
    }
}
