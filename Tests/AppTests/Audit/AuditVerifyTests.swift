import GRDB
import Testing

/// `troupe audit verify`, on a store that a server has written.
@Suite(.timeLimit(.minutes(15)))
struct AuditVerifyTests {
    private static func verify(_ store: String, _ more: String...) async throws -> Command {
        try await Command.run(Programs.troupe, ["audit", "verify", "--store", store] + more)
    }

    /// Runs `body` with the store of a server that has ended after some acts; they are numbered from 1.
    private static func withStore(_ body: (String) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let store = "\(directory.path)/troupe.db"
        try await withServer(in: directory, ["--store", store]) { server in
            for number in 1...4 { _ = try await server.createSession(["id": .text("s\(number)")]) }
            // Beside a server that writes.
            let beside = try await Self.verify(store)
            #expect(beside.exit == .code(0) && beside.output.hasPrefix("intact: "), "\(beside.errors)")
        }
        try await body(store)
    }

    private static func change(_ store: String, _ sql: String) throws {
        try DatabaseQueue(path: store).write { try $0.execute(sql: sql) }
    }

    @Test
    func `an intact trail is told with its newest digest`() async throws {
        try await Self.withStore { store in
            let digest = try await DatabaseQueue(path: store).read {
                try String.fetchOne($0, sql: "SELECT digest FROM audit ORDER BY number DESC")
            }
            let verified = try await Self.verify(store)
            #expect(verified.exit == .code(0) && verified.errors == "")
            #expect(verified.output.contains(try #require(digest)))
            // What was let go for its age is no flaw.
            try Self.change(store, "DELETE FROM audit WHERE number <= 2")
            let later = try await Self.verify(store, "--json")
            #expect(later.exit == .code(0))
            let report = try JSON(later.output.utf8)
            #expect(report["intact"] == true && report["first"] == 3 && report["digest"].text == digest)
        }
    }

    @Test(arguments: [
        ("UPDATE audit SET actor = 'somebody else' WHERE number = 3", "broken: entry 3 is not as it was made\n"),
        ("UPDATE audit SET details = CAST('[]' AS BLOB) WHERE number = 4", "broken: entry 4 is not as it was made\n"),
        ("UPDATE audit SET actor = 'somebody else' WHERE number = 1", "broken: entry 1 is not as it was made\n"),
        ("UPDATE audit SET digest = digest || 'x' WHERE number = 2", "broken: entry 2 is not as it was made\n"),
        ("DELETE FROM audit WHERE number = 3", "broken: entry 3 is missing\n"),
    ])
    func `the first entry that was changed or taken out is named`(sql: String, line: String) async throws {
        try await Self.withStore { store in
            try Self.change(store, sql)
            let verified = try await Self.verify(store)
            #expect(verified.exit == .code(1))
            #expect(verified.output == line && verified.errors == "")
        }
    }
}
