import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct StoreOpeningTests {
    private let fixture: StoreFixture

    init() throws {
        self.fixture = try StoreFixture()
    }

    private func permissions(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    /// The error with which the store does not open.
    private func refusal(at path: String? = nil) throws -> StorageError {
        try #require(throws: StorageError.self) {
            _ = try Store(path: path ?? self.fixture.path, limits: self.fixture.limits)
        }
    }

    /// Writes over some of the file, as a bad disk might.
    private func overwrite(_ bytes: Range<UInt64>) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: self.fixture.path))
        try handle.seek(toOffset: bytes.lowerBound)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: bytes.count))
        try handle.close()
    }

    @Test func `only the owner can read what the store makes`() async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...1)) == .committed)
            #expect(try self.permissions(of: self.fixture.directory + "/data") == 0o700)
            for name in ["", "-wal", "-shm", ".lock"] {
                #expect(try self.permissions(of: self.fixture.path + name) == 0o600, "\(name)")
            }
        }
    }

    @Test func `a file that others could read is made private, a directory stays as it is`() throws {
        let directory = self.fixture.directory + "/data"
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o755]
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: false,
            attributes: attributes
        )
        #expect(FileManager.default.createFile(atPath: self.fixture.path, contents: nil, attributes: attributes))
        _ = try self.fixture.open()
        #expect(try self.permissions(of: self.fixture.path) == 0o600)
        #expect(try self.permissions(of: directory) == 0o755)
    }

    @Test func `commits go to a write-ahead log that is not waited for`() async throws {
        let store = try self.fixture.open()
        let modes = try await store.pool.writeWithoutTransaction { db in
            (
                try String.fetchOne(db, sql: "PRAGMA journal_mode"), try Int.fetchOne(db, sql: "PRAGMA synchronous"),
                try Int.fetchOne(db, sql: "PRAGMA foreign_keys")
            )
        }
        #expect(modes == ("wal", 1, 1))
    }

    @Test func `a second server is locked out until the first is gone`() throws {
        do {
            let first = try self.fixture.open()
            let error = try self.refusal()
            #expect(error.code == .locked)
            #expect(error.detail.contains(self.fixture.path))
            #expect(error.detail.contains("stop it"))
            #expect(first.condition == .healthy)
        }
        _ = try self.fixture.open()
    }

    @Test func `a database in use by another program is not waited for too long`() async throws {
        _ = try self.fixture.open()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: self.fixture.path, configuration: configuration)
        try await other.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        }
        let error = try self.refusal()
        #expect(error.code == .locked)
        #expect(error.detail.contains("Another program"))
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    }

    @Test func `a file that is no database is left alone`() throws {
        let text = Data(String(repeating: "not a database\n", count: 500).utf8)
        try FileManager.default.createDirectory(
            atPath: self.fixture.directory + "/data",
            withIntermediateDirectories: false
        )
        try text.write(to: URL(filePath: self.fixture.path))
        let error = try self.refusal()
        #expect(error.code == .corrupt)
        #expect(error.detail.contains("move the file"))
        #expect(FileManager.default.contents(atPath: self.fixture.path) == text)
        // The lock was released.
        try FileManager.default.removeItem(atPath: self.fixture.path)
        _ = try self.fixture.open()
    }

    @Test func `a damaged page is found`() async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...200, bytes: 500)) == .committed)
        }
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: self.fixture.path)[.size] as? UInt64
        )
        #expect(size > 80_000)
        try self.overwrite(40_960..<53_248)
        let error = try self.refusal()
        #expect(error.code == .corrupt)
        #expect(error.detail.contains(self.fixture.path))
    }

    @Test func `a database of a newer version is left alone`() async throws {
        do {
            let store = try self.fixture.open()
            try await store.pool.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('999-future')") }
        }
        let error = try self.refusal()
        #expect(error.code == .newer)
        #expect(error.detail.contains("newer version"))
    }

    @Test func `a path that cannot be used is told`() throws {
        try FileManager.default.createDirectory(
            atPath: self.fixture.path,
            withIntermediateDirectories: true
        )
        #expect(try self.refusal().code == .unavailable)
        let file = self.fixture.directory + "/file"
        try Data().write(to: URL(filePath: file))
        let error = try self.refusal(at: file + "/below/troupe.db")
        #expect(error.code == .unavailable)
        #expect(error.detail.contains(file + "/below"))
    }
}
