import Foundation
import Testing

/// Sessions without a process, sessions whose time runs out, copies, and processes that are there before the session.
@Suite(.timeLimit(.minutes(15)))
struct HibernationTests {
    @Test
    func `a message wakes a hibernated session, which remembers and says how long it took`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            #expect(try await session.run("say before")["outcome"] == "completed")
            let old = try await session.processID()
            try await session.hibernate()
            #expect(server.startedProcesses.isEmpty)
            #expect(try await session.summary()["process"]["pid"] == nil)
            _ = try await stream.next("session.state") { $0.data["state"] == "hibernated" }
            #expect(try await session.run("memory")["result"].text?.contains("say before") == true)
            let woken = try await stream.next("session.state") { $0.data["wake_ms"] != nil }
            #expect((woken.data["wake_ms"].integer ?? -1) >= 0)
            #expect(try await session.processID() != old)
            let ids = try await session.summary()["claude_session_ids"]
            #expect(ids.elements.count == 1)
        }
    }

    @Test
    func `an idle session gives its process back, and wakes when asked to`() async throws {
        try await withServer(["--hibernate-after", "1"]) { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            #expect(try await session.run("say before")["outcome"] == "completed")
            _ = try await stream.next("session.state") { $0.data["state"] == "hibernated" }
            let change = try await session.request("PATCH", "", ["hibernate_after_ms": 600_000])
            #expect(change.status == 200)
            #expect(try await session.request("POST", "/wake").status == 202)
            try await session.summary(in: "idle")
            #expect(try await session.run("memory")["result"].text?.contains("say before") == true)
        }
    }

    /// The shell runs for longer than the time to live, which is over when its end is told.
    @Test
    func `TTL passes while a background shell runs: session stays; shell ends: clock starts`() async throws {
        try await withServer(["--ttl", "1"]) { server in
            let session = try await server.createSession()
            #expect(try await session.run("background 4")["outcome"] == "completed")
            #expect(try await session.summary()["background_tasks"] == 1)
            #expect(try await session.summary()["expires_at"] == nil)
            let refused = try await session.request("POST", "/hibernate")
            #expect(refused.status == 409)
            #expect(try refused.json["code"] == "session_busy")
            let ended = try await session.summary(in: "ended")
            #expect(ended["usage"]["turns"] == 2)

            let stream = try await session.stream()
            let types = stream.types
            let own = try #require(stream.events.firstIndex { $0.data["origin"] == "task" })
            #expect(stream.events[own].type == "turn.started")
            let finished = try #require(stream.events[own...].firstIndex { $0.type == "turn.ended" })
            let end = try #require(types.firstIndex(of: "session.ended"))
            #expect(finished < end)
            #expect(stream.events[end].data["reason"] == "expired")
            let first = try #require(types.firstIndex(of: "turn.ended"))
            // Longer than the time to live, and then all of it.
            #expect(try Self.seconds(from: stream.events[first], to: stream.events[own]) > 1)
            #expect(try Self.seconds(from: stream.events[finished], to: stream.events[end]) >= 0.99)
        }
    }

    @Test
    func `a session says that it will expire before it does`() async throws {
        try await withServer { server in
            let session = try await server.createSession(["ttl_ms": 2000])
            #expect(try await session.run("say once")["outcome"] == "completed")
            #expect(try await session.summary()["expires_at"].text != nil)
            try await session.summary(in: "ended")
            let stream = try await session.stream()
            let notice = try #require(stream.types.firstIndex(of: "session.expiring"))
            let end = try #require(stream.types.firstIndex(of: "session.ended"))
            #expect(notice < end)
            #expect(stream.events[notice].data["expires_at"].text != nil)
            #expect(stream.events[end].data["reason"] == "expired")
            #expect(server.startedProcesses.isEmpty)
        }
    }

    @Test
    func `a viewer keeps a session from expiring`() async throws {
        try await withServer { server in
            let session = try await server.createSession(["ttl_ms": 1000])
            let other = try await server.createSession(["ttl_ms": 1000])
            let stream = try await session.stream()
            try await other.summary(in: "ended")
            #expect(try await session.run("say here")["result"] == "here")
            try await stream.close()
            try await session.summary(in: "ended")
        }
    }

    @Test
    func `a fork knows what was said and leaves the original alone`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let refused = try await session.request("POST", "/fork", [:])
            #expect(refused.status == 409)
            #expect(try refused.json["code"] == "nothing_said")
            #expect(try await session.run("say common")["outcome"] == "completed")
            let response = try await session.request("POST", "/fork", ["name": "copy"])
            try #require(response.status == 201, "\(response.text)")
            let copy = SessionClient(server: server, id: try #require(try response.json["id"].text))
            #expect(copy.id != session.id)
            #expect(try await copy.run("say aside")["outcome"] == "completed")
            #expect(try await session.run("say onwards")["outcome"] == "completed")
            let mine = try #require(try await session.run("memory")["result"].text)
            let theirs = try #require(try await copy.run("memory")["result"].text)
            #expect(mine.contains("say common") && mine.contains("say onwards") && !mine.contains("say aside"))
            #expect(theirs.contains("say common") && theirs.contains("say aside") && !theirs.contains("say onwards"))
            let ids = try await (session.summary()["claude_session_ids"], copy.summary()["claude_session_ids"])
            #expect(ids.0.elements.last != ids.1.elements.last)
        }
    }

    @Test
    func `a session from the pool works, and its Claude id is the one it has`() async throws {
        try await withServer(["--warm", "1"]) { server in
            // One that is there but has not answered is not given away, so a few are tried.
            for _ in 1...10 {
                let waiting = try await waitFor("warm process") { server.startedProcesses.first }
                let session = try await server.createSession()
                let stream = try await session.stream()
                #expect(try await session.run("say warm")["result"] == "warm")
                let initial = try await stream.next("agent.system.init")
                let pid = try await session.processID()
                let ids = try await session.summary()["claude_session_ids"]
                #expect(ids.elements == [initial.data["session_id"]])
                try await session.hibernate()
                #expect(try await session.run("memory")["result"].text?.contains("say warm") == true)
                #expect(try await session.summary()["claude_session_ids"] == ids)
                try await session.end()
                if pid == waiting { return }
            }
            Issue.record("no session got the process that waited")
        }
    }

    private static func seconds(from: ServerEvent, to: ServerEvent) throws -> Double {
        let times = try [from, to].map { event in
            let text = try #require(event.envelope["at"].text)
            return try Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        }
        return times[1].timeIntervalSince(times[0])
    }
}
