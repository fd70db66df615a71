/// The name of a file below a workspace: names with a slash between them, and none that goes up or starts elsewhere.
package struct RelativePath: Sendable, Hashable, CustomStringConvertible {
    /// A file system takes no longer name (`NAME_MAX` in limits.h).
    package static let maximumNameBytes = 255
    /// The kernel takes no longer path (`PATH_MAX` in limits.h, less the final NUL).
    package static let maximumBytes = 4095
    /// Directories within each other, the file included.
    package static let maximumDepth = 64

    /// The workspace itself.
    package static let root = RelativePath(unchecked: [])

    package let names: [String]

    /// Takes a text as a person or program wrote it; empty and `.` stand for the workspace itself.
    ///
    /// - Throws: `path_refused`.
    package init(_ text: String) throws(FileError) {
        guard !text.hasPrefix("/") else { throw Self.refusal("An absolute path is no path in the workspace.") }
        var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        // One slash at the end says that it is a directory; "." says the same of nothing.
        if parts.count > 1 || text.isEmpty, parts.last == "" { parts.removeLast() }
        if parts == ["."] { parts = [] }
        try self.init(names: parts)
    }

    /// - Parameter names: each one name, as in a URL's segments.
    /// - Throws: `path_refused`.
    package init(names: [String]) throws(FileError) {
        guard names.count <= Self.maximumDepth else {
            throw Self.refusal("The path has more than \(Self.maximumDepth) parts.")
        }
        for name in names {
            guard !name.isEmpty else { throw Self.refusal("The path has an empty part.") }
            guard name != ".", name != ".." else { throw Self.refusal("The path has a part that is . or ..") }
            guard !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }) else {
                throw Self.refusal("The path has a part with a slash or a NUL in it.")
            }
            guard name.utf8.count <= Self.maximumNameBytes else {
                throw Self.refusal("The path has a part of more than \(Self.maximumNameBytes) bytes.")
            }
        }
        self.names = names
        guard self.description.utf8.count <= Self.maximumBytes else {
            throw Self.refusal("The path has more than \(Self.maximumBytes) bytes.")
        }
    }

    private init(unchecked names: [String]) {
        self.names = names
    }

    package var isRoot: Bool { self.names.isEmpty }

    /// The last name; empty for the workspace itself.
    package var name: String { self.names.last ?? "" }

    /// The directory it is in.
    package var parent: RelativePath { RelativePath(unchecked: Array(self.names.dropLast())) }

    /// A path below this one.
    ///
    /// - Throws: `path_refused`.
    package func appending(_ other: RelativePath) throws(FileError) -> RelativePath {
        try RelativePath(names: self.names + other.names)
    }

    /// As a client writes it; empty for the workspace itself.
    package var description: String { self.names.joined(separator: "/") }

    private static func refusal(_ detail: String) -> FileError { FileError(.pathRefused, detail) }
}
