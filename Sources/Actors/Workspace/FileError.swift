import Glibc

/// Why something could not be done with a file of a workspace.
package struct FileError: Error, Equatable {
    /// Stable names; the HTTP status of each is the transport's to choose.
    package enum Code: String, Sendable, CaseIterable {
        /// The name leads out of the workspace, or could on another day: absolute, `..`, a symbolic link, too long.
        case pathRefused = "path_refused"
        case fileNotFound = "file_not_found"
        /// A directory, a device, a pipe or a socket where a file is needed.
        case notAFile = "not_a_file"
        case notADirectory = "not_a_directory"
        case directoryNotEmpty = "directory_not_empty"
        case fileExists = "file_exists"
        case fileTooLarge = "file_too_large"
        /// One more bound than a file's own: what a workspace may hold, or a request may touch.
        case quotaReached = "quota_reached"
        case fileForbidden = "file_forbidden"
        case storageFull = "storage_full"
        case fileUnavailable = "file_unavailable"
    }

    package let code: Code
    /// For people: one sentence, no host paths.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// What a failed system call means to who asked for the file.
    init(errno number: Int32) {
        switch number {
        case ENOENT: self.init(.fileNotFound, "There is no file of that name.")
        case ELOOP, EXDEV: self.init(.pathRefused, "Symbolic links are not followed.")
        case ENAMETOOLONG, EINVAL: self.init(.pathRefused, "The file system takes no such name.")
        case ENOTDIR: self.init(.notADirectory, "A part of the path is no directory.")
        case EISDIR: self.init(.notAFile, "It is a directory.")
        case ENOTEMPTY: self.init(.directoryNotEmpty, "The directory is not empty; say recursive=true to remove it.")
        case EEXIST: self.init(.fileExists, "A file of that name exists.")
        case EACCES, EPERM, EROFS: self.init(.fileForbidden, "The server may not do that with the file.")
        case ENOSPC, EDQUOT: self.init(.storageFull, "There is no room left on the disk.")
        case EFBIG: self.init(.fileTooLarge, "The file is larger than the file system takes.")
        default: self.init(.fileUnavailable, "The file could not be reached (error \(number)).")
        }
    }
}
