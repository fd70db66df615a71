import Actors
import Agent
import Foundation
import NIOCore
import Storage
import Synchronization
import Testing

@testable import Transport

extension ServerTests {
    /// A reader that does not keep up costs its budget and no more.
    @Suite(.timeLimit(.minutes(2)))
    struct SlowReaderTests {
        private static let eventBytes = 64 << 10
        private static let events = 384
        private static let slowReaders = 20

        private final class Seen: Sendable {
            let count = Atomic(0)
        }

        private static func append(_ count: Int, to log: EventLog) {
            let data = ByteBuffer(string: "\"\(String(repeating: "x", count: Self.eventBytes))\"")
            for _ in 0..<count { log.append([EventDraft("agent.assistant", turn: nil, data: data)]) }
        }

        /// Resident bytes of this process.
        private static func residentBytes() throws -> Int {
            let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return (Int(statm[1]) ?? 0) * 4096
        }

        @Test(arguments: Viewer.Transport.allCases)
        func `one that never reads is told where it was, and the others are not disturbed`(
            transport: Viewer.Transport
        ) async throws {
            try await TestServer.with(configure: {
                $0.transport.fanout.maximumLagBytes = 1 << 20
                $0.supervisor.logBytes = 40 << 20
            }) { server in
                let session = try await server.session()
                let start = session.log.head.id
                let path =
                    transport == .webSocket
                    ? "/v1/sessions/s1/ws?after=\(start)" : "/v1/sessions/s1/events?after=\(start)"
                var slow: [RawConnection] = []
                for _ in 0..<Self.slowReaders {
                    let connection = try await server.connect(receiveBuffer: 4096, isReading: false)
                    let upgrade =
                        transport == .webSocket
                        ? "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        : ""
                    try await connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(upgrade)\r\n")
                    slow.append(connection)
                }
                try await eventually("all are attached") { await session.summary().viewers == Self.slowReaders }
                let before = try Self.residentBytes()

                var quick = Viewer(transport, after: start.description)
                let seen = Seen()
                async let quickIsDone = quick.watch(server) { event in
                    if event.type == "agent.assistant" { seen.count.add(1, ordering: .relaxed) }
                    return event.id == "1.\(start.sequence + UInt64(Self.events))"
                }
                try await eventually("the quick one is attached") {
                    await session.summary().viewers == Self.slowReaders + 1
                }
                for round in 1...(Self.events / 8) {
                    Self.append(8, to: session.log)
                    try await eventually("the quick one keeps up") { seen.count.load(ordering: .relaxed) >= round * 8 }
                }
                #expect(try await quickIsDone)
                try await eventually("the slow ones are let go") { await session.summary().viewers == 0 }
                // A queue for each would hold 24 MiB twenty times.
                let growth = try Self.residentBytes() - before
                #expect(growth < 300 << 20, "grew by \(growth >> 20) MiB")

                // It reads on at last: what it was sent, and then why it was let go.
                let connection = try #require(slow.first)
                try await connection.startReading()
                let (cursor, isTold) = try await Self.readToTheEnd(connection, transport)
                #expect(isTold)
                var resumed = Viewer(transport, after: cursor)
                #expect(try await resumed.watch(server) { $0.type == "stream.synced" })
                #expect(resumed.cursor == session.log.head.id.description)
                for connection in slow { connection.close() }
            }
        }

        /// The last id seen, and whether the farewell named it.
        private static func readToTheEnd(
            _ connection: RawConnection,
            _ transport: Viewer.Transport
        ) async throws -> (cursor: String?, isTold: Bool) {
            var cursor: String?
            var bye: SeenEvent?
            func take(_ event: SeenEvent) {
                cursor = event.id ?? cursor
                if event.type == "stream.bye" { bye = event }
            }
            switch transport {
            case .serverSentEvents:
                var stream = try await EventStream(HTTPClient(connection))
                while let event = try await stream.next() { take(event) }
            case .webSocket:
                var socket = try await WebSocketClient(upgraded: connection)
                while let frame = try await socket.frame() {
                    if frame.opcode == 8 {
                        var payload = frame.payload
                        #expect(payload.readInteger(as: UInt16.self) == 4008)
                        #expect(String(buffer: payload) == "too slow, cursor \(cursor ?? "none")")
                    } else if let envelope = JSONObject(frame.payload) {
                        take(SeenEvent(wireID: envelope.string("id"), name: nil, envelope: envelope, text: frame.text))
                    }
                }
            }
            let isTold = bye?.data?.int("code") == 4008 && bye?.data?.string("cursor") == cursor
            return (cursor, isTold)
        }

        @Test func `one that falls behind is told, and loses nothing if it reads on`() async throws {
            try await TestServer.with(configure: {
                $0.transport.fanout.maximumLagBytes = 30 << 20
                $0.supervisor.logBytes = 40 << 20
            }) { server in
                let session = try await server.session()
                let connection = try await server.connect(receiveBuffer: 4096, isReading: false)
                try await connection.send("GET /v1/sessions/s1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                try await eventually("it is attached") { await session.summary().viewers == 1 }
                let start = session.log.head.id
                // 24 MiB, of which the machine's own buffers take a part.
                Self.append(Self.events, to: session.log)
                // Every loop has been asked, so each has seen to its readers before.
                await server.transport.fanout.measure()
                try await connection.startReading()
                var stream = try await EventStream(HTTPClient(connection))
                var lags: [Int] = []
                var ids: [String] = []
                while ids.count < Self.events, let event = try await stream.next() {
                    if event.type == "stream.lagging" { lags.append(try #require(event.data?.int("behind"))) }
                    if event.type == "agent.assistant" { ids.append(event.id ?? "") }
                }
                #expect(ids == (1...UInt64(Self.events)).map { "\(start.epoch).\(start.sequence + $0)" })
                #expect(lags.count >= 1 && lags.allSatisfy { $0 > 15 << 20 }, "\(lags)")
                connection.close()
            }
        }

        @Test func `what was there before a reader came is not held against it`() async throws {
            try await TestServer.with(configure: {
                $0.transport.fanout.maximumLagBytes = 1 << 20
                $0.supervisor.logBytes = 40 << 20
            }) { server in
                let session = try await server.session()
                let start = session.log.head.id
                Self.append(Self.events, to: session.log)
                let connection = try await server.connect(receiveBuffer: 4096, isReading: false)
                let path = "/v1/sessions/s1/events?after=\(start)"
                try await connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                try await eventually("it is attached") { await session.summary().viewers == 1 }
                // Something happens while it has most of the past still to get; every loop then looks at its readers.
                session.log.append([EventDraft("agent.user", turn: nil, data: ByteBuffer(string: "{}"))])
                await server.transport.fanout.measure()
                #expect(await session.summary().viewers == 1)
                try await connection.startReading()
                var stream = try await EventStream(HTTPClient(connection))
                let ids = try await stream.upTo("agent.user").compactMap(\.wireID)
                #expect(ids == (1...UInt64(Self.events + 1)).map { "\(start.epoch).\(start.sequence + $0)" })
                connection.close()
            }
        }

        @Test func `one that takes nothing for too long is let go, however little it owes`() async throws {
            try await TestServer.with(configure: {
                $0.transport.fanout.maximumLagBytes = 1 << 30
                $0.transport.fanout.maximumLagTime = .milliseconds(100)
                $0.transport.fanout.heartbeat = .milliseconds(20)
                $0.supervisor.logBytes = 40 << 20
            }) { server in
                let session = try await server.session()
                let connection = try await server.connect(receiveBuffer: 4096, isReading: false)
                try await connection.send("GET /v1/sessions/s1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                try await eventually("it is attached") { await session.summary().viewers == 1 }
                Self.append(Self.events, to: session.log)
                try await eventually("it is let go") { await session.summary().viewers == 0 }
            }
        }
    }
}
