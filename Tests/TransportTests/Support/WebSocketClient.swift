import Agent
import NIOCore

/// A client of RFC 6455 that can also break its rules.
struct WebSocketClient {
    struct Frame {
        let opcode: UInt8
        let isFinal: Bool
        let payload: ByteBuffer

        var text: String { String(buffer: self.payload) }
        var closeCode: Int? { self.payload.getInteger(at: self.payload.readerIndex, as: UInt16.self).map { Int($0) } }
    }

    let connection: RawConnection
    let head: HTTPClient.Head
    private var buffer: ByteBuffer
    private var isEnded = false

    init(_ connection: RawConnection, path: String, headers: [String: String] = [:]) async throws {
        var headers = headers
        headers["Upgrade"] = "websocket"
        headers["Connection"] = "Upgrade"
        if headers["Sec-WebSocket-Version"] == nil { headers["Sec-WebSocket-Version"] = "13" }
        if headers["Sec-WebSocket-Key"] == nil { headers["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ==" }
        var client = HTTPClient(connection)
        try await client.send("GET", path, headers: headers)
        self.head = try await client.head()
        self.connection = connection
        self.buffer = client.buffer
    }

    /// One whose handshake was sent by hand.
    init(upgraded connection: RawConnection) async throws {
        var client = HTTPClient(connection)
        self.head = try await client.head()
        self.connection = connection
        self.buffer = client.buffer
    }

    func send(_ text: String) async throws {
        try await self.send(opcode: 1, ByteBuffer(string: text))
    }

    func send(
        opcode: UInt8,
        _ payload: ByteBuffer = ByteBuffer(),
        isFinal: Bool = true,
        isMasked: Bool = true,
        reserved: UInt8 = 0
    ) async throws {
        try await self.connection.send(
            Self.frame(opcode: opcode, payload, isFinal: isFinal, isMasked: isMasked, reserved: reserved)
        )
    }

    static func frame(
        opcode: UInt8,
        _ payload: ByteBuffer,
        isFinal: Bool = true,
        isMasked: Bool = true,
        reserved: UInt8 = 0
    ) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger((isFinal ? 0x80 : 0) | reserved << 4 | opcode)
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch payload.readableBytes {
        case 0...125: frame.writeInteger(mask | UInt8(payload.readableBytes))
        case 126...65_535:
            frame.writeInteger(mask | 126)
            frame.writeInteger(UInt16(payload.readableBytes))
        default:
            frame.writeInteger(mask | 127)
            frame.writeInteger(UInt64(payload.readableBytes))
        }
        if isMasked {
            // A key of zeros spares the large ones the work.
            let isLarge = payload.readableBytes > 65_536
            let key: [UInt8] = isLarge ? [0, 0, 0, 0] : [0x37, 0xFA, 0x21, 0x3D]
            frame.writeBytes(key)
            if isLarge {
                frame.writeImmutableBuffer(payload)
            } else {
                frame.writeBytes(payload.readableBytesView.enumerated().map { $1 ^ key[$0 & 3] })
            }
        } else {
            frame.writeImmutableBuffer(payload)
        }
        return frame
    }

    /// The next frame; `nil` when the server has closed its side.
    mutating func frame(within patience: Duration = .seconds(15)) async throws -> Frame? {
        while true {
            if let frame = try self.parse() { return frame }
            guard !self.isEnded, var bytes = try await self.connection.receive(within: patience) else {
                self.isEnded = true
                return nil
            }
            self.buffer.writeBuffer(&bytes)
        }
    }

    /// The next text message, answering pings on the way; `nil` after a close frame or the end.
    mutating func message(within patience: Duration = .seconds(15)) async throws -> SeenEvent? {
        while let frame = try await self.frame(within: patience) {
            switch frame.opcode {
            case 1:
                guard let envelope = JSONObject(frame.payload) else {
                    throw HTTPClient.Malformed(description: frame.text)
                }
                return SeenEvent(wireID: envelope.string("id"), name: nil, envelope: envelope, text: frame.text)
            case 8: return nil
            case 9: try await self.send(opcode: 10, frame.payload)
            default: break
            }
        }
        return nil
    }

    /// Everything up to and including the first event of a type.
    mutating func upTo(_ type: String) async throws -> [SeenEvent] {
        var events: [SeenEvent] = []
        while let event = try await self.message() {
            events.append(event)
            if event.type == type { return events }
        }
        throw HTTPClient.Malformed(description: "the socket ended before \(type): \(events.map(\.type))")
    }

    /// Sends a command and returns the answer that carries its `ref`; events on the way are passed over.
    mutating func ask(_ ref: Int, _ fields: String) async throws -> SeenEvent {
        try await self.send(#"{"ref":\#(ref),\#(fields)}"#)
        while let message = try await self.message() {
            if message.envelope.int("ref") == ref { return message }
        }
        throw RawConnection.Ended()
    }

    /// The close frame, after whatever comes before it.
    mutating func close(within patience: Duration = .seconds(15)) async throws -> (code: Int, reason: String)? {
        while let frame = try await self.frame(within: patience) {
            guard frame.opcode == 8 else { continue }
            var payload = frame.payload
            guard let code = payload.readInteger(as: UInt16.self) else { return nil }
            return (Int(code), String(buffer: payload))
        }
        return nil
    }

    private mutating func parse() throws -> Frame? {
        var rest = self.buffer
        guard let first = rest.readInteger(as: UInt8.self), let second = rest.readInteger(as: UInt8.self) else {
            return nil
        }
        guard second & 0x80 == 0, first & 0x70 == 0 else {
            throw HTTPClient.Malformed(description: "masked or reserved")
        }
        var length = Int(second)
        if second == 126 {
            guard let long = rest.readInteger(as: UInt16.self) else { return nil }
            length = Int(long)
        } else if second == 127 {
            guard let long = rest.readInteger(as: UInt64.self) else { return nil }
            length = Int(long)
        }
        guard let payload = rest.readSlice(length: length) else { return nil }
        self.buffer = rest
        if self.buffer.readableBytes == 0 { self.buffer = ByteBuffer() }
        return Frame(opcode: first & 0x0F, isFinal: first & 0x80 != 0, payload: payload)
    }
}

extension TestServer {
    func socket(_ path: String = "/v1/ws", headers: [String: String] = [:]) async throws -> WebSocketClient {
        try await WebSocketClient(self.connect(), path: path, headers: headers)
    }
}
