import Actors
import Foundation
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// Clients that ask for much and take nothing of it.
    @Suite(.timeLimit(.minutes(1)))
    struct StallTests {
        private static let bytes = 32 << 20

        @Test func `one that takes nothing of its answer is cut off, one that takes its time is not`() async throws {
            let directory = NSTemporaryDirectory() + "troupe-stall-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            // Far more than the kernel's buffers on both sides hold.
            #expect(FileManager.default.createFile(atPath: "\(directory)/large", contents: Data(count: Self.bytes)))
            try await TestServer.with(configure: { $0.transport.limits.stallTimeout = .milliseconds(300) }) { server in
                var options = SessionOptions()
                options.id = "s1"
                options.workingDirectory = directory
                _ = try await server.supervisor.create(options)
                let request = "GET /v1/sessions/s1/files/large HTTP/1.1\r\nHost: localhost\r\n\r\n"
                let stalled = try await server.connect(receiveBuffer: 4096, isReading: false)
                try await stalled.send(request)
                try await eventually("the server has let go of it") { try await Self.connections(server) == 1 }
                try await stalled.startReading()
                let part = try await stalled.receiveAll()
                #expect(part.readableBytes > 0 && part.readableBytes < Self.bytes)

                let slow = try await server.connect(receiveBuffer: 65_536)
                try await slow.send(request)
                #expect(try await slow.receiveAll(upTo: Self.bytes).readableBytes >= Self.bytes)
            }
        }

        /// Those that the server has open, the one that asks included.
        private static func connections(_ server: TestServer) async throws -> Int? {
            let text = try await server.request("GET", "/metrics").body
            let line = text.split(separator: "\n").first { $0.hasPrefix("troupe_connections_open ") }
            return line?.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) }
        }
    }
}

extension RawConnection {
    /// What comes until there are so many bytes, or the end.
    fileprivate func receiveAll(upTo count: Int) async throws -> ByteBuffer {
        var all = ByteBuffer()
        while all.readableBytes < count, var bytes = try await self.receive() { all.writeBuffer(&bytes) }
        return all
    }
}
