/// Why the store could not do something: a code for programs, a sentence for people.
package struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of trouble it is.
    package enum Code: String, Sendable {
        /// No room on the disk.
        case full = "storage_full"
        /// Another server or program holds the database.
        case locked = "storage_locked"
        /// The file is damaged, or no database.
        case corrupt = "storage_corrupt"
        /// The file system refuses: permission, a wrong path, an I/O error.
        case unavailable = "storage_unavailable"
        /// A newer version of Troupe made the file.
        case newer = "storage_newer"
    }

    package let code: Code
    /// One sentence, with what to do about it; may name the path, never SQL.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(self.code.rawValue): \(self.detail)" }
}
