/// A session of a server: prompts by POST and events by Server-Sent Events, or both over one WebSocket.
final class ServerSide: Side {
    enum Transport: String, CaseIterable {
        case sse = "SSE"
        case webSocket = "WebSocket"
    }

    let name: String
    let watch = TurnWatch(end: .turnEnded)
    let session: String
    let inlet: Inlet

    private let server: Server
    private let transport: Transport

    /// Attaches to a session, from what is new on or from its beginning.
    ///
    /// - Parameters:
    ///   - session: its id.
    ///   - server: where.
    ///   - transport: how.
    ///   - pump: reads the events.
    ///   - after: `latest` or `earliest`.
    ///   - capacity: bytes read at once.
    /// - Throws: `BenchmarkError` when there is no connection.
    init(
        _ session: String,
        of server: Server,
        _ transport: Transport,
        _ pump: Pump,
        after: String = "latest",
        capacity: Int = 64 << 10
    ) throws {
        self.name = "troupe, \(transport.rawValue)"
        (self.session, self.server, self.transport) = (session, server, transport)
        let descriptor = try Descriptor.connect(port: server.port)
        let watch = self.watch
        let framing: Inlet.Framing = transport == .sse ? .lines : .webSocket
        self.inlet = Inlet(descriptor, framing: framing, capacity: capacity) { watch.take($0, at: $1) }
        let path = "/v1/sessions/\(session)/\(transport == .sse ? "events" : "ws")?after=\(after)"
        let upgrade =
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: troupe.v1\r\n"
        try Descriptor.write(
            Array(
                ("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"
                    + (transport == .sse ? "Accept: text/event-stream\r\n" : upgrade) + "\r\n").utf8
            ),
            to: descriptor
        )
        pump.add(self.inlet)
    }

    var isOpen: Bool { self.inlet.isOpen }

    func write(prompt: String) throws {
        switch self.transport {
        case .sse: try self.server.begin(prompt: prompt, to: self.session)
        case .webSocket: try self.writeFrame(#"{"ref":1,"op":"send","content":"\#(prompt)"}"#)
        }
    }

    /// A client's frame: masked, here with zeros, which leave the text as it is (RFC 6455 §5.3).
    private func writeFrame(_ text: String) throws {
        let payload = Array(text.utf8)
        guard payload.count < 1 << 16 else { throw BenchmarkError("too long a prompt") }
        let length: [UInt8] =
            payload.count < 126
            ? [0x80 | UInt8(payload.count)] : [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        try Descriptor.write([0x81] + length + [0, 0, 0, 0] + payload, to: self.inlet.descriptor)
    }

    /// Attaches many to one session and returns when all are live.
    static func many(
        _ count: Int,
        to session: String,
        of server: Server,
        _ transport: Transport,
        _ pump: Pump
    ) throws -> [ServerSide] {
        var sides: [ServerSide] = []
        for _ in 0..<count {
            sides.append(try ServerSide(session, of: server, transport, pump, capacity: 8 << 10))
            // Fewer at once than the listener's backlog.
            if sides.count % 100 == 0 { try Self.waitUntilLive(sides.suffix(100), pump) }
        }
        try Self.waitUntilLive(sides[...], pump)
        return sides
    }

    static func waitUntilLive(_ sides: ArraySlice<ServerSide>, _ pump: Pump) throws {
        try pump.run(for: 20, "live streams") { sides.allSatisfy { $0.watch.isSynced || !$0.isOpen } }
        guard sides.allSatisfy(\.isOpen) else { throw BenchmarkError("a stream was refused") }
    }
}
