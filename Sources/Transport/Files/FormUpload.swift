import Actors
import NIOCore

/// The files of one form on their way into a workspace: all of them get there, or none.
///
/// The field `path` says which directory the files after it go to; every part with a file's name is one.
struct FormUpload {
    /// Files in one request.
    static let maximumFiles = 100
    /// The form's other fields.
    private static let maximumFieldBytes = 8 << 10

    /// A file that has begun, and its place among those on their way.
    private struct File {
        let upload: FileUpload
        let place: Places.Place
    }

    private enum Part {
        case none
        case file(File)
        case field(String, ByteBuffer)
    }

    private let workspace: ConfinedDirectory
    private var directory: RelativePath
    private var part = Part.none
    private var files: [File] = []
    private var bytes = 0
    private let maximumBytes: Int
    private let takePlace: @Sendable () throws(Problem) -> Places.Place

    /// - Parameters:
    ///   - workspace: where.
    ///   - directory: as the request's query says.
    ///   - maximumBytes: of all files together.
    ///   - takePlace: gives each file its place, or refuses.
    init(
        into workspace: ConfinedDirectory,
        directory: RelativePath,
        maximumBytes: Int,
        takePlace: @escaping @Sendable () throws(Problem) -> Places.Place
    ) {
        self.takePlace = takePlace
        self.workspace = workspace
        self.directory = directory
        self.maximumBytes = maximumBytes
    }

    /// Takes what a parser found; blocking.
    ///
    /// - Throws: `Problem`, `FileError`.
    mutating func take(_ events: [MultipartParser.Event]) throws {
        for event in events { try self.take(event) }
    }

    /// Puts the files in their places; blocking.
    ///
    /// - Returns: what is there now, in the order of the form.
    /// - Throws: `FileError`, `Problem` when there are none.
    func commit() throws -> [FileEntry] {
        guard !self.files.isEmpty else { throw Problem(.invalidMultipart, "The form has no part with a filename.") }
        return try self.files.map { try $0.upload.commit() }
    }

    private mutating func take(_ event: MultipartParser.Event) throws {
        switch event {
        case .began(let headers):
            guard let name = headers.fileName else {
                self.part = .field(headers.name, ByteBuffer())
                return
            }
            guard self.files.count < Self.maximumFiles else {
                throw FileError(.quotaReached, "One request brings at most \(Self.maximumFiles) files.")
            }
            // One name, with no directories in it, whatever the client's machine calls them.
            guard !name.contains("/"), !name.contains("\\") else {
                throw FileError(.pathRefused, "A filename has no slashes; the field path says where it goes.")
            }
            let path = try self.directory.appending(RelativePath(names: [name]))
            let place = try self.takePlace()
            self.part = .file(File(upload: try self.workspace.beginUpload(path), place: place))
        case .bytes(let bytes):
            try self.write(bytes)
        case .ended:
            if case .file(let file) = self.part { self.files.append(file) }
            if case .field("path", let text) = self.part {
                self.directory = try RelativePath(String(buffer: text))
            }
            self.part = .none
        case .finished:
            break
        }
    }

    private mutating func write(_ bytes: ByteBuffer) throws {
        switch self.part {
        case .none:
            break
        case .file(let file):
            self.bytes += bytes.readableBytes
            guard self.bytes <= self.maximumBytes else {
                throw FileError(.fileTooLarge, "The files of one request may have \(self.maximumBytes) bytes together.")
            }
            try file.upload.write(bytes)
        case .field(let name, var text):
            text.writeImmutableBuffer(bytes)
            guard text.readableBytes <= Self.maximumFieldBytes else {
                throw Problem(.invalidMultipart, "A field has more than \(Self.maximumFieldBytes) bytes.")
            }
            self.part = .field(name, text)
        }
    }
}
