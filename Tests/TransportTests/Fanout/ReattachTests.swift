import Actors
import Agent
import NIOCore
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Transport

extension ServerTests {
    /// Whoever is cut off, wherever, comes back to the whole.
    @Suite(.timeLimit(.minutes(3)))
    struct ReattachTests {
        private static let viewersOfEach = 500
        private static let turns = 3
        private static let pieces = 8

        /// The lines of one turn, to be printed one by one.
        private static func lines(_ turn: Int) -> [String] {
            let pieces = (0..<Self.pieces).map { "piece \($0) of \(turn), ünïcode ✓. " }
            // A durable event in the middle of the message.
            var message = TestAgent.message(pieces, number: turn)
            message.insert(#"{"type":"system","subtype":"status","status":"thinking"}"#, at: message.count / 2)
            return [TestAgent.begin] + message + [TestAgent.result(uuid: "any", text: pieces.joined())]
        }

        @Test(.enabled(if: Descriptors.ensure(5000), "too few open files are allowed"))
        func `a thousand viewers, cut and come back at random, all end with the same text`() async throws {
            try await TestServer.with(
                TestAgent { _ in nil },
                configure: { $0.supervisor.logBytes = 32 << 20 }
            ) { server in
                let session = try await server.session()
                let lines = (1...Self.turns).map { Self.lines($0) }
                let share = 2 * Self.viewersOfEach / lines.joined().count + 1
                var launched = 0
                let seen = Seen()
                try await withThrowingTaskGroup(of: Viewer.self) { group in
                    // One that is never cut and is waited for: it draws every preview.
                    group.addTask { try await Self.follow(server, counting: seen) }
                    try await eventually("the first is attached") { await session.summary().viewers == 1 }
                    var printed = 0
                    for turn in lines {
                        _ = try await session.submit(content: ByteBuffer(string: "\"Hi\""))
                        for line in turn {
                            let head = session.log.head.position
                            server.agent.print("s1", [line])
                            try await eventually("the line is in the log") { session.log.head.position > head }
                            printed += 1
                            let count = printed
                            try await eventually("the first has seen it") {
                                seen.lines.load(ordering: .relaxed) >= count
                            }
                            for _ in 0..<min(share, 2 * Self.viewersOfEach - launched) {
                                let number = launched
                                launched += 1
                                group.addTask { try await Self.follow(server, seed: UInt64(number)) }
                            }
                        }
                        try await eventually("the turn has ended") { await session.summary().state == .idle }
                    }
                    #expect(launched == 2 * Self.viewersOfEach)
                    let log = session.log.durable(after: 0, count: .max) { _ in true } ?? []
                    let expected = log.map { String(buffer: $0.envelope) }
                    let text = (1...Self.turns).map { turn in
                        (0..<Self.pieces).map { "piece \($0) of \(turn), ünïcode ✓. " }.joined()
                    }
                    var fullyDrawn = 0
                    for try await viewer in group {
                        #expect(viewer.said == text.joined() && viewer.screen == text.joined())
                        let isComplete = viewer.durable == Array(expected.prefix(viewer.durable.count))
                        #expect(isComplete && viewer.durable.last?.contains("turn.ended") == true)
                        fullyDrawn += viewer.fullyDrawn
                    }
                    #expect(fullyDrawn >= Self.turns)
                }
                try await eventually("all have left") { await session.summary().viewers == 0 }
                try await eventually("the groups are gone") { await server.transport.fanout.groupCount() == 0 }
            }
        }

        /// The agent's lines that a viewer has seen.
        private final class Seen: Sendable {
            let lines = Atomic(0)
        }

        /// Watches to the end of the last turn without a cut.
        private static func follow(_ server: TestServer, counting seen: Seen) async throws -> Viewer {
            var viewer = Viewer(.serverSentEvents)
            var ended = 0
            let isDone = try await viewer.watch(server) { event in
                if event.type.hasPrefix("agent.") { seen.lines.add(1, ordering: .relaxed) }
                if event.type == "turn.ended" { ended += 1 }
                return ended == Self.turns
            }
            #expect(isDone)
            return viewer
        }

        /// Watches to the end of the last turn, cut off up to eight times on the way.
        private static func follow(_ server: TestServer, seed: UInt64) async throws -> Viewer {
            var random = SeededGenerator(seed: seed)
            var viewer = Viewer(seed % 2 == 0 ? .serverSentEvents : .webSocket)
            var cuts = Int.random(in: 0...8, using: &random)
            var ended = 0
            while true {
                let cut = cuts > 0 ? Int.random(in: 1...6000, using: &random) : nil
                cuts -= 1
                let isDone = try await viewer.watch(server, cutAfter: cut) { event in
                    if event.type == "turn.ended" { ended += 1 }
                    return ended == Self.turns
                }
                if isDone { return viewer }
            }
        }

        @Test(arguments: Viewer.Transport.allCases)
        func `cut at every byte of a turn, the transcript is that of one who was not`(
            transport: Viewer.Transport
        ) async throws {
            try await TestServer.with(TestAgent { _ in nil }) { server in
                let session = try await server.session()
                let start = session.log.head.id.description
                _ = try await session.submit(content: ByteBuffer(string: "\"Hi\""))
                let head = session.log.head.position
                // The message is not at its end: what it has of text is in previews alone.
                let lines = [TestAgent.begin] + TestAgent.message(["a ", "b ", "c"], number: 1).prefix(5)
                server.agent.print("s1", lines)
                try await eventually("the lines are in the log") { session.log.head.position == head + 7 }

                var whole = Viewer(transport, after: start)
                #expect(try await whole.watch(server) { $0.type == "stream.synced" })
                #expect(whole.screen == "a b c")
                let expected = whole
                // What one whole stream takes, and a little more.
                let bytes = 4096
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    let width = 8
                    for lane in 0..<width {
                        group.addTask {
                            var wasWhole = false
                            for cut in stride(from: lane, to: bytes, by: width) {
                                var viewer = Viewer(transport, after: start)
                                wasWhole = try await viewer.watch(server, cutAfter: cut) { $0.type == "stream.synced" }
                                if wasWhole { break }
                                #expect(try await viewer.watch(server) { $0.type == "stream.synced" })
                                #expect(
                                    viewer.durable == expected.durable && viewer.screen == expected.screen,
                                    "cut at \(cut)"
                                )
                            }
                            return wasWhole
                        }
                    }
                    // Else the stream is longer than the cuts went.
                    for try await reachedTheEnd in group { #expect(reachedTheEnd) }
                }
                try await eventually("all have left") { await session.summary().viewers == 0 }
            }
        }

        @Test(.enabled(if: Descriptors.ensure(2000), "too few open files are allowed"))
        func `two hundred half-closed connections leave nothing behind`() async throws {
            try await TestServer.with { server in
                let session = try await server.session()
                var connections: [RawConnection] = []
                for number in 0..<200 {
                    let connection = try await server.connect()
                    connections.append(connection)
                    if number % 2 == 0 {
                        _ = try await EventStream(HTTPClient(connection), path: "/v1/sessions/s1/events")
                    } else {
                        _ = try await WebSocketClient(connection, path: "/v1/sessions/s1/ws")
                    }
                    if number % 4 < 2 { try await connection.closeOutput() }
                }
                for (number, connection) in connections.enumerated() where number % 4 >= 2 {
                    try await connection.closeOutput()
                }
                try await eventually("all viewers have left") { await session.summary().viewers == 0 }
                try await eventually("the groups are gone") { await server.transport.fanout.groupCount() == 0 }
                // The server has closed its side too, and not merely forgotten them.
                for connection in connections { _ = try await connection.receiveAll() }
            }
        }
    }
}
