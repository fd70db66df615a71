/// The durable events of a session, as one reader saw them.
struct SoakLog: Sendable {
    struct Entry: Sendable, Equatable {
        let id: String
        let type: String
        let turn: String?
        let at: String
        let data: JSON
    }

    private(set) var entries: [Entry] = []
    private(set) var defects: [String] = []
    private var epoch: Substring?
    private var sequence = 0

    /// Where to read on.
    var cursor: String { self.entries.last?.id ?? "earliest" }

    /// Takes what a stream brought, and notes what must not be: a hole, a repetition, another epoch, a gap.
    mutating func take(_ event: ServerEvent) {
        guard let id = event.id else {
            if event.type == "stream.gap" { self.defects.append("stream.gap after \(self.cursor): \(event.data)") }
            return
        }
        let parts = id.split(separator: ".")
        let sequence = parts.last.flatMap { Int($0) } ?? -1
        if let epoch, parts.first != epoch { self.defects.append("epoch of \(id) after \(self.cursor)") }
        if sequence != self.sequence + 1 { self.defects.append("\(id) after \(self.cursor)") }
        self.epoch = parts.first
        self.sequence = sequence
        self.entries.append(
            Entry(
                id: id,
                type: event.type,
                turn: event.turn,
                at: event.envelope["at"].text ?? "",
                data: event.type.hasPrefix("agent.") ? .null : event.data
            )
        )
    }

    /// Reads a session's whole log; `nil` when the session is forgotten.
    static func read(_ session: String, _ client: SoakClient) async throws -> SoakLog? {
        let deadline = ContinuousClock.now + SoakClient.patience
        while ContinuousClock.now < deadline {
            guard let port = client.house.address?.port else {
                try await Task.sleep(for: .milliseconds(20))
                continue
            }
            do {
                let path = "/v1/sessions/\(session)/events?after=earliest&previews=none"
                let exchange = try await HTTPExchange(port: port, "GET", path)
                try await waitUntil("stream", within: SoakClient.patience) { exchange.hasHead || exchange.isClosed }
                if exchange.status == 404 { return nil }
                let stream = try await EventStream(exchange)
                _ = try await stream.next("stream.synced", within: SoakClient.patience)
                exchange.leave()
                var log = SoakLog()
                for event in stream.events { log.take(event) }
                return log
            } catch {
                guard client.house.address?.port != port else { throw error }
            }
        }
        throw Timeout("log of \(session)", after: SoakClient.patience)
    }
}
