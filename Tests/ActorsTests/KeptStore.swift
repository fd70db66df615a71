import Foundation
import GRDB

@testable import Actors
@testable import Storage

/// A database in a directory of its own, which goes when the test lets go of it.
final class KeptStore: Sendable {
    private let directory: String

    init() throws {
        self.directory = NSTemporaryDirectory() + "troupe-actors-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
    }

    private var path: String { "\(self.directory)/troupe.db" }

    deinit {
        try? FileManager.default.removeItem(atPath: self.directory)
    }

    func open() throws(StorageError) -> Store {
        var limits = StoreLimits()
        limits.lockPatience = .milliseconds(20)
        limits.lockPatienceWhileFailing = .milliseconds(1)
        limits.firstRetry = .milliseconds(2)
        limits.longestRetry = .milliseconds(10)
        return try Store(path: self.path, limits: limits)
    }
}

extension KeptStore {
    /// Holds the lock that writers need, as another program would.
    func withForeignLock(_ body: () async throws -> Void) async throws {
        var configuration = GRDB.Configuration()
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(10)
        let other = try DatabaseQueue(path: self.path, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        try await body()
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    }

    /// How the server of a life goes.
    enum End {
        case shutdown
        /// Nothing is written any more, whatever happens then.
        case crash
    }

    /// One life of a server with one session: a new one, or what the life before left of it.
    func live(
        _ habits: ScriptedChild.Habits = ScriptedChild.Habits(),
        options: SessionOptions = SessionOptions(),
        logBytes: Int = 8 << 20,
        end: End = .shutdown,
        _ adjust: (inout SessionMachine.Configuration) -> Void = { _ in },
        _ test: (Stage) async throws -> Void
    ) async throws {
        let store = try self.open()
        let restored = try await store.sessions().first.map { try RestoredSession($0) }
        let stage = Stage(habits, options: options, logBytes: logBytes, store: store, restored: restored, adjust)
        let writer = Task { await store.run() }
        let life = Task { await stage.session.run() }
        do {
            try await test(stage)
        } catch {
            life.cancel()
            writer.cancel()
            throw error
        }
        if case .crash = end {
            store.finish()
            try await within { await writer.value }
        }
        let session = stage.session
        try await within { await session.end(.shutdown) }
        try await within { await life.value }
        store.finish()
        try await within { await writer.value }
    }
}
