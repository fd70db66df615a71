import Foundation
import GRDB
import Glibc
import SystemPackage

/// Opens the database of a store: for its owner only, checked, and up to date.
enum StoreFile {
    /// What the write-ahead log is cut to when it has been larger.
    private static let maximumLogBytes = 64 << 20

    /// Makes the directory a database is to be in, readable by its owner only; one that is there stays as it is.
    static func makeDirectory(ofDatabase path: String) throws(StorageError) {
        let directory = FilePath(path).removingLastComponent().string
        guard !directory.isEmpty else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            let reason = error.localizedDescription
            throw StorageError(.unavailable, "The directory \(directory) cannot be made (\(reason)).")
        }
    }

    /// Opens or makes the database; the caller has the lock.
    ///
    /// Reads all of it once, to check it.
    static func open(path: String, limits: StoreLimits) throws(StorageError) -> DatabasePool {
        try self.makePrivate(path)
        do {
            let pool = try DatabasePool(path: path, configuration: self.configuration(limits))
            let found = try pool.read { try String.fetchAll($0, sql: "PRAGMA quick_check(1)") }
            guard found == ["ok"] else {
                throw StorageError.corrupt(path: path, reason: found.first ?? "the check says nothing")
            }
            try StoreSchema.migrate(pool)
            return pool
        } catch {
            throw StorageError(error, path: path)
        }
    }

    /// Makes the file, or takes it from everybody else; SQLite gives the files beside it the same permissions.
    private static func makePrivate(_ path: String) throws(StorageError) {
        let permissions: FilePermissions = [.ownerReadWrite]
        do {
            let file = try FileDescriptor.open(
                FilePath(path),
                .readWrite,
                options: [.create, .closeOnExec],
                permissions: permissions
            )
            try file.closeAfter {
                guard fchmod(file.rawValue, permissions.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
        } catch {
            throw StorageError(error, path: path)
        }
    }

    private static func configuration(_ limits: StoreLimits) -> Configuration {
        var configuration = Configuration()
        configuration.label = "troupe.store"
        configuration.busyMode = .timeout(limits.lockPatience / .seconds(1))
        configuration.prepareDatabase { db in
            guard !db.configuration.readonly else { return }
            try db.execute(sql: "PRAGMA journal_size_limit = \(Self.maximumLogBytes)")
        }
        return configuration
    }
}
