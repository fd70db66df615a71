/// One event of a stream: the envelope of API.md.
struct ServerEvent {
    /// The `id:` line, which only durable events have.
    let id: String?
    let envelope: JSON

    var type: String { self.envelope["type"].text ?? "" }
    var turn: String? { self.envelope["turn"].text }
    var data: JSON { self.envelope["data"] }
}

/// Server-Sent Events of one request, read when somebody asks for them.
final class EventStream {
    private let exchange: HTTPExchange
    private var pending: [UInt8] = []
    private var scanned = 0
    private var id: String?
    private var lines: [String] = []
    /// Everything that has come.
    private(set) var events: [ServerEvent] = []
    private var position = 0

    /// The stream of a request that was answered with 200.
    init(_ exchange: HTTPExchange) async throws {
        self.exchange = exchange
        try await waitUntil("answer to a stream's request") { exchange.hasHead || exchange.isClosed }
        guard exchange.status == 200 else { throw Timeout("200 but \(exchange.status ?? 0)", after: .zero) }
    }

    /// Whether no more will come.
    var isOver: Bool { self.exchange.isComplete || self.exchange.isClosed }
    var types: [String] { self.events.map(\.type) }
    var headers: [String: String] { self.exchange.headers }

    /// The next event of that type after the one that was found last.
    func next(
        _ type: String,
        within limit: Duration = .seconds(20),
        where isWanted: (ServerEvent) -> Bool = { _ in true }
    ) async throws -> ServerEvent {
        do {
            return try await waitFor("\(type)", within: limit) {
                try self.read()
                while self.position < self.events.count {
                    let event = self.events[self.position]
                    self.position += 1
                    if event.type == type, isWanted(event) { return event }
                }
                return nil
            }
        } catch let timeout as Timeout {
            throw Timeout("\(timeout.description); the last were \(self.types.suffix(12))", after: limit)
        }
    }

    /// Gives what has come since the last call of this or `next`.
    func take() throws -> [ServerEvent] {
        try self.read()
        defer { self.position = self.events.count }
        return Array(self.events[self.position...])
    }

    /// Reads to the end of the response.
    ///
    /// - Returns: Whether it ended in order, and not in the middle of it.
    func end(within limit: Duration = .seconds(20)) async throws -> Bool {
        try await waitUntil("end of a stream", within: limit) {
            try self.read()
            return self.exchange.isComplete || self.exchange.isClosed
        }
        try self.read()
        return self.exchange.isComplete
    }

    func close() async throws {
        try await self.exchange.close()
    }

    private func read() throws {
        self.pending += self.exchange.takeBody()
        var start = 0
        while let end = self.pending[max(start, self.scanned)...].firstIndex(of: 0x0A) {
            try self.take(self.pending[start..<end])
            start = end + 1
            self.scanned = start
        }
        self.pending.removeFirst(start)
        self.scanned = self.pending.count
    }

    private func take(_ line: ArraySlice<UInt8>) throws {
        if line.isEmpty {
            if !self.lines.isEmpty {
                let envelope = try JSON(self.lines.joined(separator: "\n").utf8)
                self.events.append(ServerEvent(id: self.id, envelope: envelope))
            }
            (self.id, self.lines) = (nil, [])
        } else if line.starts(with: "data: ".utf8) {
            self.lines.append(String(decoding: line.dropFirst(6), as: UTF8.self))
        } else if line.starts(with: "id: ".utf8) {
            self.id = String(decoding: line.dropFirst(4), as: UTF8.self)
        }
    }
}
