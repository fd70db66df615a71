import Synchronization

/// Requests to a server that may die at any moment: one that was cut is sent again until it is answered.
struct SoakClient: Sendable {
    struct Answer {
        let status: Int
        let json: JSON
        /// Whether an attempt before was cut: it may have been carried out.
        let wasCut: Bool
    }

    /// A machine under load is slow, but not that slow.
    static let patience: Duration = .seconds(90)

    let house: SoakHouse
    let board: SoakBoard

    /// Asks until there is an answer.
    ///
    /// - Throws: `Timeout` when a server that lives does not answer, or there is none for too long.
    func ask(_ method: String, _ path: String, _ body: JSON? = nil, key: String? = nil) async throws -> Answer {
        let deadline = ContinuousClock.now + Self.patience
        let headers = key.map { ["Idempotency-Key": $0] } ?? [:]
        var wasCut = false
        while ContinuousClock.now < deadline {
            guard let address = self.house.address else {
                try await Task.sleep(for: .milliseconds(20))
                continue
            }
            do {
                let exchange = try await HTTPExchange(
                    port: address.port,
                    method,
                    path,
                    headers: headers,
                    body: body
                )
                try await waitUntil("answer to \(method) \(path)", within: Self.patience) {
                    exchange.isComplete || exchange.isClosed
                }
                if exchange.isComplete, let status = exchange.status {
                    let bytes = exchange.takeBody()
                    exchange.leave()
                    if status == 503 {
                        try await Task.sleep(for: .milliseconds(100))
                        continue
                    }
                    if status >= 500 { self.board.complain("\(status) to \(method) \(path)") }
                    return Answer(status: status, json: bytes.isEmpty ? .null : try JSON(bytes), wasCut: wasCut)
                }
            } catch let timeout as Timeout {
                throw timeout
            } catch {
                // Connections to a dead server are refused or reset.
            }
            if self.house.address?.pid == address.pid {
                // Dead, and nobody has noted it yet; a server that lives must not cut.
                guard !Processes.isAlive(address.pid) else {
                    self.board.complain("a living server cut \(method) \(path)")
                    throw Timeout("whole answer to \(method) \(path)", after: .zero)
                }
            }
            wasCut = true
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Timeout("server that answers \(method) \(path)", after: Self.patience)
    }
}
