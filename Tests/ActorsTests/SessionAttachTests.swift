import Agent
import NIOCore
import Synchronization
import Testing

@testable import Actors
@testable import Storage

/// What a viewer is told when it attaches.
@Suite(.timeLimit(.minutes(2))) struct SessionAttachTests {
    private static func snapshot(_ attachment: Actors.Attachment) -> JSONObject? {
        attachment.snapshot.flatMap { JSONObject($0) }
    }

    @Test func `a snapshot holds the state, the queue, what was said and what is being written`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            _ = try await stage.submit("one")
            child.answer("first")
            try await reader.next("turn.ended")
            _ = try await stage.submit("two")
            let waiting = try await stage.submit("three")
            child.print(CLILine.start(), CLILine.blockStart, CLILine.delta("hal"), CLILine.delta("f"))
            try await reader.next("agent.stream_event")
            for _ in 0..<2 { try await reader.next("agent.stream_event") }
            let attachment = try await stage.session.attach(after: .snapshot)
            #expect(attachment.point.kind == .fresh)
            let snapshot = try #require(Self.snapshot(attachment))
            #expect(snapshot.object("session")?.string("state") == "running")
            #expect(snapshot.object("session")?.int("viewers") == 1)
            #expect(snapshot.array("approvals")?.isEmpty == true)
            let queue = try #require(snapshot.array("queue")?.compactMap { JSONObject($0) })
            #expect(queue.map { $0.string("message_id") } == [waiting.messageID])
            #expect(queue.first?.string("content") == "three" && queue.first?.int("position") == 1)
            let messages = try #require(snapshot.array("messages")?.compactMap { JSONObject($0)?.string("type") })
            #expect(
                messages == [
                    "message.accepted", "turn.started", "agent.assistant", "agent.result", "turn.ended",
                    "message.accepted", "turn.started", "message.accepted",
                ]
            )
            #expect(
                snapshot.object("partial").map { String(buffer: $0.bytes) }
                    == #"{"message_id":"msg_1","blocks":[{"index":0,"type":"text","text":"half"}]}"#
            )
            let short = try await stage.session.attach(after: .snapshot, messages: 1)
            #expect(Self.snapshot(short)?.array("messages")?.count == 1)
            let none = try await stage.session.attach(after: .snapshot, messages: 0)
            #expect(Self.snapshot(none)?.array("messages")?.isEmpty == true)
        }
    }

    @Test func `those who watch are told how many they are, and those who come later are not`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            _ = try await stage.ready()
            _ = try await stage.session.attach(after: .snapshot)
            let head = stage.session.log.head
            var watching = LogReader(stage.session.log, after: head.position)
            for _ in 0..<9 { _ = try await stage.session.attach(after: .snapshot) }
            #expect(stage.session.log.head.position == head.position)
            stage.time.advance(by: ViewerNotices.interval)
            await stage.session.deadlineReached()
            let joined = try await watching.next("viewer.joined")
            #expect(joined.kind == .preview)
            #expect(JSONObject(joined.envelope)?.object("data")?.int("viewers") == 10)
            stage.time.advance(by: .seconds(5))
            await stage.session.deadlineReached()
            await stage.session.detach()
            #expect(try await watching.data("viewer.left").int("viewers") == 9)
            // Neither is history, nor does it keep a reader from coming back to where it was.
            let back = try await stage.session.attach(after: .after(head.id))
            #expect(back.point.kind == .exact && back.point.supersededThrough == stage.session.log.head.position)
        }
    }

    @Test func `each request is answered in its own way`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            _ = try await stage.ready()
            let head = stage.session.log.head.id
            let latest = try await stage.session.attach(after: .latest)
            #expect(latest.point.position == stage.session.log.head.position && latest.snapshot == nil)
            let earliest = try await stage.session.attach(after: .earliest)
            #expect(earliest.point.kind == .replay && earliest.point.position == 0 && earliest.snapshot == nil)
            let exact = try await stage.session.attach(after: .after(head))
            #expect(exact.point.kind == .exact && exact.snapshot == nil)
            let lost = try await stage.session.attach(after: .after(EventID(epoch: 7, sequence: 1)))
            #expect(lost.point.kind == .gap(.epoch) && lost.snapshot != nil)
        }
    }

    @Test func `what has left is told as a gap with a snapshot`() async throws {
        let stage = Stage(ScriptedChild.Habits(answersPrompts: true), logBytes: 4000)
        try await Stage.play(stage) { stage in
            _ = try await stage.ready()
            for _ in 0..<10 {
                let start = stage.session.log.head.position
                _ = try await stage.submit("x")
                var reader = LogReader(stage.session.log, after: start)
                try await reader.next("turn.ended")
            }
            let attachment = try await stage.session.attach(after: .earliest)
            #expect(attachment.point.kind == .gap(.evicted))
            #expect(attachment.snapshot != nil)
        }
    }

    @Test func `one more viewer than the limit is refused until one leaves`() async throws {
        let stage = Stage { $0.maximumViewers = 2 }
        try await Stage.play(stage) { stage in
            for _ in 0..<2 { _ = try await stage.session.attach(after: .latest) }
            await #expect(throws: SessionError(.tooManyViewers, "The session has 2 viewers.")) {
                try await stage.session.attach(after: .latest)
            }
            await stage.session.detach()
            _ = try await stage.session.attach(after: .latest)
            #expect(await stage.session.summary().viewers == 2)
        }
    }

    @Test func `a viewer keeps the session, and its leaving starts the clock`() async throws {
        let stage = Stage { $0.timeToLive = .seconds(10) }
        try await Stage.play(stage) { stage in
            _ = try await stage.ready()
            _ = try await stage.session.attach(after: .latest)
            #expect(stage.session.deadline.withLock { $0 } == nil)
            stage.time.advance(by: .seconds(100))
            await stage.session.detach()
            #expect(stage.session.deadline.withLock { $0 } == stage.time.now + .seconds(10))
        }
    }

    /// A snapshot and its cursor are of one moment: every message is in the one or after the other, none in both.
    @Test func `there is no seam between a snapshot and what follows`() async throws {
        let stage = Stage()
        let count = 400
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            _ = try await stage.submit("x")
            for number in 0..<count {
                child.print(CLILine.blockStart, CLILine.delta("d\(number)"), CLILine.assistant("a\(number)"))
            }
            var isDone = false
            while !isDone {
                let attachment = try await stage.session.attach(after: .snapshot, messages: count + 10)
                let snapshot = try #require(Self.snapshot(attachment))
                let messages = try #require(snapshot.array("messages")).map { String(buffer: $0) }
                let before = messages.filter { $0.contains("agent.assistant") }.count
                let cursor = attachment.point.cursor
                #expect(snapshot.object("session")?.string("cursor") == cursor.description)
                #expect(attachment.point.position == attachment.point.headPosition)
                let first = stage.session.log.durable(after: cursor.sequence, count: 1) { _ in true }?.first
                if let first { #expect(String(buffer: first.envelope).contains("\"a\(before)\"")) }
                isDone = before == count
                await stage.session.detach()
                await Task.yield()
            }
        }
    }
}
