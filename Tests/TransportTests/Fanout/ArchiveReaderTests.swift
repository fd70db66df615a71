import Actors
import Agent
import Foundation
import NIOCore
import Testing

@testable import Storage
@testable import Transport

extension ServerTests {
    /// What a reader has missed and the memory no longer has comes from the store, without a hole and without a double.
    @Suite(.timeLimit(.minutes(2)))
    struct ArchiveReaderTests {
        private static let logBytes = 20_000

        /// A server that keeps what it does, and little of it in memory.
        private static func with(
            _ agent: TestAgent = TestAgent(),
            _ body: (TestServer, Store) async throws -> Void
        ) async throws {
            let directory = NSTemporaryDirectory() + "troupe-readers-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let store = try Store(path: "\(directory)/troupe.db")
            try await TestServer.with(
                agent,
                configure: {
                    $0.store = store
                    $0.supervisor.logBytes = Self.logBytes
                    $0.transport.fanout.maximumLagBytes = 1 << 30
                }
            ) { server in
                try await body(server, store)
            }
        }

        private static func turns(_ count: Int, _ session: Session) async throws {
            for _ in 0..<count {
                let ended = await session.summary().usage.turns
                _ = try await session.submit(content: ByteBuffer(string: "\"Hi\""))
                try await eventually("the turn has ended") { await session.summary().usage.turns > ended }
            }
        }

        /// Lines that are durable events of their own, each of which fills half the memory.
        private static func long(_ count: Int) -> [String] {
            (0..<count).map { TestAgent.assistant("\($0) " + String(repeating: "x", count: 10_000), number: $0) }
        }

        /// Everything that is stored, when all that was said is.
        private static func stored(_ store: Store, _ session: Session) async throws -> [String] {
            await session.durable()
            return try await store.events(session: session.id, after: 0, maximumBytes: .max)
                .map { String(buffer: $0.envelope) }
        }

        @Test(arguments: Viewer.Transport.allCases)
        func `a reader from the beginning gets everything, and is live then`(transport: Viewer.Transport) async throws {
            try await Self.with { server, store in
                let session = try await server.session()
                try await Self.turns(30, session)
                #expect(session.log.firstInMemory > 100)
                let (seen, see) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(1000))
                async let watched = Self.watch(server, transport, turns: 35) { see.yield($0) }
                #expect(await seen.first { $0 == 30 } == 30)
                try await Self.turns(5, session)
                let viewer = try await watched
                let all = try await Self.stored(store, session)
                #expect(viewer.durable == Array(all.prefix(viewer.durable.count)))
                #expect(viewer.durable.last?.contains("turn.ended") == true)
            }
        }

        /// Watches from the beginning to the end of a turn, and tells of each end.
        private static func watch(
            _ server: TestServer,
            _ transport: Viewer.Transport,
            turns: Int,
            tell: (Int) -> Void
        ) async throws -> Viewer {
            var viewer = Viewer(transport)
            var ended = 0
            let isDone = try await viewer.watch(server) { event in
                if event.type == "turn.ended" {
                    ended += 1
                    tell(ended)
                }
                return ended == turns
            }
            #expect(isDone)
            return viewer
        }

        @Test(arguments: Viewer.Transport.allCases)
        func `a slow reader goes on from the store with what has left the memory`(
            transport: Viewer.Transport
        ) async throws {
            try await Self.with { server, store in
                let session = try await server.session()
                let connection = try await server.connect(receiveBuffer: 4096, isReading: false)
                let path = transport == .webSocket ? "ws" : "events"
                let upgrade =
                    transport == .webSocket
                    ? "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    : ""
                try await connection.send(
                    "GET /v1/sessions/s1/\(path)?after=earliest HTTP/1.1\r\nHost: localhost\r\n\(upgrade)\r\n"
                )
                try await eventually("it is attached") { await session.summary().viewers == 1 }
                await session.durable()
                let head = session.log.head.id.sequence
                for line in Self.long(400) { server.agent.print("s1", [line]) }
                try await eventually("all is said") { session.log.head.id.sequence >= head + 400 }
                try await connection.startReading()
                let last = session.log.head.id.description
                var ids: [String] = []
                switch transport {
                case .serverSentEvents:
                    var stream = try await EventStream(HTTPClient(connection))
                    while ids.last != last, let event = try await stream.next() { ids += event.id.map { [$0] } ?? [] }
                case .webSocket:
                    var socket = try await WebSocketClient(upgraded: connection)
                    while ids.last != last, let event = try await socket.message() {
                        ids += event.id.map { [$0] } ?? []
                    }
                }
                #expect(ids == (1...session.log.head.id.sequence).map { "1.\($0)" })
                #expect(try await Self.stored(store, session).count == ids.count)
            }
        }

        @Test(arguments: Viewer.Transport.allCases)
        func `a live reader goes on when more is said at once than the memory holds`(
            transport: Viewer.Transport
        ) async throws {
            try await Self.with { server, store in
                let session = try await server.session()
                // What it is known for before it is written is shown then.
                await session.durable()
                let start = session.log.head.id.sequence
                let path = transport == .webSocket ? "ws" : "events"
                let connection = try await server.connect()
                let wanted = start + 50
                var ids: [String] = []
                switch transport {
                case .serverSentEvents:
                    let path = "/v1/sessions/s1/\(path)?after=1.\(start)"
                    var stream = try await EventStream(HTTPClient(connection), path: path)
                    _ = try await stream.upTo("stream.synced")
                    server.agent.print("s1", Self.long(50))
                    while ids.last != "1.\(wanted)", let event = try await stream.next() {
                        ids += event.id.map { [$0] } ?? []
                    }
                case .webSocket:
                    var socket = try await WebSocketClient(connection, path: "/v1/sessions/s1/\(path)?after=1.\(start)")
                    _ = try await socket.upTo("stream.synced")
                    server.agent.print("s1", Self.long(50))
                    while ids.last != "1.\(wanted)", let event = try await socket.message() {
                        ids += event.id.map { [$0] } ?? []
                    }
                }
                #expect(ids == (start + 1...wanted).map { "1.\($0)" })
                #expect(try await Self.stored(store, session).count == Int(wanted))
            }
        }

        @Test func `what is stored and not yet seen by others comes once`() async throws {
            try await Self.with { server, store in
                let session = try await server.session()
                try await Self.turns(30, session)
                // Committed, and the log not yet told.
                let next = try #require(
                    session.log.stage([EventDraft("agent.user", turn: nil, data: ByteBuffer(string: "{}"))]).first
                )
                var batch = StoreBatch(session: "s1")
                batch.events = [
                    StoredEvent(sequence: next.sequence, type: next.type, turn: nil, envelope: next.envelope)
                ]
                let committing = batch
                await withCheckedContinuation { done in store.write(committing) { _ in done.resume() } }
                var stream = try await server.events("/v1/sessions/s1/events?after=1.1")
                let before = try await stream.upTo("stream.synced")
                session.log.publish(through: next.position)
                session.log.append([EventDraft("agent.assistant", turn: nil, data: ByteBuffer(string: "{}"))])
                let after = try await stream.upTo("agent.assistant")
                let ids = (before + after).compactMap(\.id)
                #expect(ids == (2...next.sequence + 1).map { "1.\($0)" })
            }
        }
    }
}
