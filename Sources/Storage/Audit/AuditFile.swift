import Foundation
import GRDB

/// The acts in a store's file, for who only reads them: beside the server that writes it, or when there is none.
package struct AuditFile {
    private let path: String
    private let database: DatabaseQueue

    /// Opens the file; nothing is made or changed.
    ///
    /// - Throws: `StorageError` when there is none, or it cannot be read.
    package init(path: String) throws(StorageError) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw StorageError(.unavailable, "There is no database at \(path).")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "troupe.audit"
        configuration.busyMode = .timeout(5)
        self.path = path
        do {
            self.database = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw StorageError(error, path: path)
        }
    }

    /// Reads every act, oldest first, as the file is at this moment; one at a time, so there may be many.
    ///
    /// - Parameter isWanted: is given each; false ends the reading.
    /// - Throws: `StorageError` when the file cannot be read.
    package func read(while isWanted: (AuditEntry) -> Bool) throws(StorageError) {
        do {
            try self.database.read { db in
                let rows = try Row.fetchCursor(db, sql: "SELECT * FROM audit ORDER BY number")
                while let row = try rows.next(), isWanted(AuditEntry(row)) {}
            }
        } catch {
            throw StorageError(error, path: self.path)
        }
    }
}
