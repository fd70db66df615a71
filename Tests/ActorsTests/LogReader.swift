import Agent
import NIOCore

@testable import Actors
@testable import Storage

/// Reads a log from its start and waits for what a test expects.
struct LogReader {
    private let log: EventLog
    private var position: UInt64
    private var pending: [Event] = []

    init(_ log: EventLog, after position: UInt64 = 0) {
        self.log = log
        self.position = position
    }

    /// The types of the events up to and including the next one of a type.
    @discardableResult
    mutating func types(through type: String) async throws -> [String] {
        try await self.events(through: type).map(\.type)
    }

    /// The next event of a type.
    @discardableResult
    mutating func next(_ type: String) async throws -> Event {
        guard let event = try await self.events(through: type).last else { throw TimedOut() }
        return event
    }

    /// The data of the next event of a type.
    mutating func data(_ type: String) async throws -> JSONObject {
        let event = try await self.next(type)
        guard let data = event.data else { throw TimedOut() }
        return data
    }

    /// Everything up to the end of the log.
    mutating func rest() async throws -> [Event] {
        let (log, position) = (self.log, self.position)
        let more = try await within { await EventLogFollower(log, after: position).reduce(into: []) { $0 += $1 } }
        defer { self.pending = [] }
        return self.pending + more
    }

    private mutating func events(through type: String) async throws -> [Event] {
        var seen: [Event] = []
        while true {
            while !self.pending.isEmpty {
                let event = self.pending.removeFirst()
                seen.append(event)
                if event.type == type { return seen }
            }
            let (log, position) = (self.log, self.position)
            let more = try await within { await EventLogFollower(log, after: position).first { _ in true } }
            guard let more, let last = more.last else { throw TimedOut() }
            self.pending = more
            self.position = last.position
        }
    }
}

extension Event {
    var data: JSONObject? { JSONObject(self.envelope)?.object("data") }
}
