import Agent
import Glibc
import NIOCore

/// Reads Server-Sent Events as a browser does (WHATWG HTML §9.2.6), from any pieces of bytes.
struct EventStreamParser {
    struct Message {
        var id: String?
        var name: String?
        var data = ""
        var hasData = false
        var retry: Int?
    }

    private var buffer = ByteBuffer()
    private var message = Message()
    private(set) var retries: [Int] = []

    mutating func feed(_ bytes: ByteBuffer) -> [Message] {
        var messages: [Message] = []
        self.buffer.writeImmutableBuffer(bytes)
        while let end = self.lineEnd() {
            let line = self.buffer.readString(length: end) ?? ""
            self.buffer.moveReaderIndex(forwardBy: 1)
            if !line.isEmpty {
                self.take(line)
                continue
            }
            if self.message.hasData { messages.append(self.message) }
            self.message = Message()
        }
        return messages
    }

    private func lineEnd() -> Int? {
        self.buffer.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress, let end = memchr(start, 0x0A, bytes.count) else { return nil }
            return UnsafeRawPointer(end) - start
        }
    }

    private mutating func take(_ line: String) {
        let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = sides.count > 1 ? String(sides[1].hasPrefix(" ") ? sides[1].dropFirst() : sides[1]) : ""
        switch sides[0] {
        case "id": self.message.id = value
        case "event": self.message.name = value
        case "data":
            self.message.data += self.message.hasData ? "\n\(value)" : value
            self.message.hasData = true
        case "retry": if let retry = Int(value) { self.retries.append(retry) }
        default: break
        }
    }
}

/// One event as a client sees it, on either transport.
struct SeenEvent {
    /// `id:` on the wire of SSE; for a WebSocket the one in the envelope.
    let wireID: String?
    let name: String?
    let envelope: JSONObject
    let text: String

    var id: String? { self.envelope.string("id") }
    var type: String { self.envelope.string("type") ?? "" }
    var data: JSONObject? { self.envelope.object("data") }
}

/// An SSE stream being read.
struct EventStream {
    let head: HTTPClient.Head
    private(set) var client: HTTPClient
    private var parser = EventStreamParser()
    private var waiting: [SeenEvent] = []

    var retries: [Int] { self.parser.retries }

    init(_ client: HTTPClient, path: String, headers: [String: String] = [:]) async throws {
        try await client.send("GET", path, headers: headers)
        try await self.init(client)
    }

    init(_ client: HTTPClient) async throws {
        var client = client
        self.head = try await client.head()
        self.client = client
    }

    /// The next event; `nil` at the end of the response.
    mutating func next(within patience: Duration = .seconds(15)) async throws -> SeenEvent? {
        while self.waiting.isEmpty {
            guard let piece = try await self.client.piece(within: patience) else { return nil }
            for message in self.parser.feed(piece) {
                guard let envelope = JSONObject(ByteBuffer(string: message.data)) else {
                    throw HTTPClient.Malformed(description: message.data)
                }
                let event = SeenEvent(wireID: message.id, name: message.name, envelope: envelope, text: message.data)
                self.waiting.append(event)
            }
        }
        return self.waiting.removeFirst()
    }

    /// Everything up to and including the first event of a type.
    mutating func upTo(_ type: String, within patience: Duration = .seconds(15)) async throws -> [SeenEvent] {
        var events: [SeenEvent] = []
        while let event = try await self.next(within: patience) {
            events.append(event)
            if event.type == type { return events }
        }
        throw HTTPClient.Malformed(description: "the stream ended before \(type): \(events.map(\.type))")
    }

    /// Everything to the end of the response.
    mutating func rest() async throws -> [SeenEvent] {
        var events: [SeenEvent] = []
        while let event = try await self.next() { events.append(event) }
        return events
    }
}

extension TestServer {
    func events(_ path: String = "/v1/sessions/s1/events", headers: [String: String] = [:]) async throws -> EventStream
    {
        try await EventStream(HTTPClient(self.connect()), path: path, headers: headers)
    }
}
