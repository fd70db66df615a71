import TestSupport

/// A reader whose connection is cut at random moments, and which comes back with its cursor.
struct SoakReader {
    let client: SoakClient
    private var random: SeededGenerator
    private var session: String?
    private var log = SoakLog()
    /// What it has read of each session.
    private(set) var logs: [(session: String, log: SoakLog)] = []

    init(number: Int, client: SoakClient, seed: UInt64) {
        self.client = client
        self.random = SeededGenerator(seed: seed, stream: 3000 + number)
    }

    /// Reads one session from its first event to its end, or to the head when all is over; then another.
    mutating func read() async throws {
        while !self.client.board.isOver || self.session != nil {
            guard let session = self.session ?? self.choose(), let address = self.client.house.address else {
                try await Task.sleep(for: .milliseconds(20))
                continue
            }
            self.session = session
            do {
                try await self.visit(session, port: address.port)
            } catch {
                // A cut of the server's death; one that lives owes an answer.
                if Processes.isAlive(address.pid), self.client.house.address?.pid == address.pid {
                    self.client.board.complain("reader of \(session): \(error)")
                    self.leave()
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private mutating func visit(_ session: String, port: Int) async throws {
        let isLast = self.client.board.isOver
        let path = "/v1/sessions/\(session)/events"
        let headers = ["Last-Event-ID": self.log.cursor]
        let exchange =
            self.log.entries.isEmpty
            ? try await HTTPExchange(port: port, "GET", "\(path)?after=earliest")
            : try await HTTPExchange(port: port, "GET", path, headers: headers)
        defer { exchange.leave() }
        try await waitUntil("answer to a reader", within: SoakClient.patience) { exchange.hasHead || exchange.isClosed }
        self.client.board.count("reader \(exchange.status ?? 0)")
        // An ended session with nothing newer, or one that is forgotten.
        if exchange.status == 204 || exchange.status == 404 { return self.leave() }
        let stream = try await EventStream(exchange)
        let end = ContinuousClock.now + .milliseconds(self.random.number(20...2500))
        let limit = ContinuousClock.now + SoakClient.patience
        var isSynced = false
        while isLast ? !isSynced : ContinuousClock.now < end {
            guard ContinuousClock.now < limit else { throw Timeout("stream.synced", after: SoakClient.patience) }
            let isOver = stream.isOver
            for event in try stream.take() {
                self.log.take(event)
                isSynced = isSynced || event.type == "stream.synced"
            }
            if isOver { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        if isLast, isSynced { self.leave() }
    }

    private mutating func choose() -> String? {
        let live = self.client.board.live
        return live.isEmpty ? nil : self.random.one(of: live)
    }

    private mutating func leave() {
        if let session { self.logs.append((session, self.log)) }
        (self.session, self.log) = (nil, SoakLog())
    }
}
