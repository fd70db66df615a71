import TestSupport
import Testing

/// Two hundred sessions on the scripted agent under random work, stops, cuts and deaths, against a model of what must
/// become of each prompt.
///
/// Sixty seconds in CI; `make soak SECONDS=600` by hand. The choices follow from the seed; when each of them comes is up
/// to the machine, so a seed that found something finds it again often, not always.
@Suite(.serialized)
struct SoakTests {
    private static let owners = 8
    private static let disturbers = 3
    private static let readers = 24

    @Test
    func `no prompt is lost or run twice, whatever dies`() async throws {
        let settings = SoakSettings()
        print("soak: \(settings.repetition)")
        try await withServerSlot {
            let house = try SoakHouse()
            let client = SoakClient(house: house, board: SoakBoard())
            do {
                try await Self.run(client, settings)
            } catch {
                Issue.record("\(error); \(settings.repetition); the server's log: \(await house.complaints())")
            }
            try await house.stop()
        }
    }

    private static func run(_ client: SoakClient, _ settings: SoakSettings) async throws {
        let (house, board) = (client.house, client.board)
        try await house.start()
        let (owners, readers) = try await Self.load(client, settings)
        let sessions = owners.flatMap { $0.past + $0.sessions }

        var judge = SoakJudge(directory: house.directory.path, returned: board.returned)
        for session in sessions { judge.judge(session) }
        let logs = Dictionary(sessions.map { ($0.id, $0.log) }) { $1 }
        for read in readers.flatMap(\.logs) { judge.judge(read.log, of: read.session, logs[read.session] ?? nil) }

        try await house.stop()
        try await house.start()
        let later = try await timed("soak: the last look") { try await Self.recheck(sessions, client) }
        print("soak: \(board.summary)")
        print(
            "soak: \(judge.figures.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))"
        )
        let complaints = board.complaints + judge.complaints + later
        for complaint in complaints.prefix(40) { print("soak: \(complaint)") }
        #expect(complaints.isEmpty, "\(complaints.count) complaints; \(settings.repetition)")
    }

    /// The load, and what is left when it has settled.
    private static func load(
        _ client: SoakClient,
        _ settings: SoakSettings
    ) async throws -> (owners: [SoakOwner], readers: [SoakReader]) {
        let start = ContinuousClock.now
        return try await withThrowingTaskGroup(of: SoakReader?.self) { group in
            for number in 0..<Self.readers {
                group.addTask {
                    var reader = SoakReader(number: number, client: client, seed: settings.seed)
                    try await reader.read()
                    return reader
                }
            }
            for number in 0..<Self.disturbers {
                group.addTask {
                    var disturber = SoakDisturber(number: number, client: client, seed: settings.seed)
                    try await disturber.work()
                    return nil
                }
            }
            group.addTask {
                var person = SoakPerson(client: client, seed: settings.seed)
                try await person.answer()
                return nil
            }
            group.addTask {
                // Whatever became of it, the others must come to an end.
                defer { client.board.endLoad() }
                try await Self.kill(client, settings, since: start)
                return nil
            }
            let owners = try await Self.work(client, settings)
            client.board.end()
            var readers: [SoakReader] = []
            for try await reader in group { if let reader { readers.append(reader) } }
            // The logs are read last, so that they hold all that readers may have seen.
            let finished = try await Self.each(owners) { try await $0.readLogs() }
            return (finished, readers)
        }
    }

    private static func work(_ client: SoakClient, _ settings: SoakSettings) async throws -> [SoakOwner] {
        let owners = (0..<Self.owners).map { SoakOwner(number: $0, client: client, seed: settings.seed) }
        let each = settings.sessions / Self.owners
        let worked = try await Self.each(owners) { owner in
            try await owner.settleIn(each)
            try await owner.work()
        }
        return try await timed("soak: settling") { try await Self.each(worked) { try await $0.settle() } }
    }

    /// Lets all owners do something at once.
    private static func each(
        _ owners: [SoakOwner],
        _ body: @escaping @Sendable (inout SoakOwner) async throws -> Void
    ) async throws -> [SoakOwner] {
        try await withThrowingTaskGroup(of: SoakOwner.self) { group in
            for owner in owners {
                group.addTask {
                    var owner = owner
                    try await body(&owner)
                    return owner
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Kills the server again and again, at moments that hurt; returns when the time for load is over.
    private static func kill(
        _ client: SoakClient,
        _ settings: SoakSettings,
        since start: ContinuousClock.Instant
    ) async throws {
        var random = SeededGenerator(seed: settings.seed, stream: 4000)
        for number in 1...settings.kills {
            let due = start + settings.load * number / (settings.kills + 1)
            try await Task.sleep(until: due, clock: .continuous)
            let promise = random.one(of: SoakPromise.allCases)
            client.house.arm(promise)
            // For one that nobody makes the server does not wait.
            try? await waitUntil("\(promise)", within: .seconds(3)) { client.house.address == nil }
            try await timed("soak: restart after kill -9 at \(promise)") { try await client.house.replace() }
        }
        try await Task.sleep(until: start + settings.load, clock: .continuous)
    }

    /// The same sessions and the same ends, after an orderly restart.
    private static func recheck(_ sessions: [SoakSession], _ client: SoakClient) async throws -> [String] {
        var complaints: [String] = []
        let list = try await client.ask("GET", "/v1/sessions?limit=1000").json["sessions"].elements.compactMap(
            \.["id"].text
        )
        let expected = Set(sessions.filter { !$0.isDeleted }.map(\.id))
        for id in expected.subtracting(list) { complaints.append("\(id) is gone") }
        for id in Set(list).subtracting(expected) { complaints.append("\(id) should not be") }
        for session in sessions where !session.isDeleted {
            for message in session.messages {
                guard let id = message.id else { continue }
                let state = try await client.ask("GET", "/v1/sessions/\(session.id)/messages/\(id)").json["state"].text
                if state != message.state { complaints.append("\(id) was \(message.state) and is \(state ?? "lost")") }
            }
        }
        return complaints
    }
}
