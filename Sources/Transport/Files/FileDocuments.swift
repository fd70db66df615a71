import Actors

/// One thing in a workspace as clients see it.
struct FileDocument: Encodable {
    let path: String
    let name: String
    let type: String
    let size: Int?
    let modifiedAt: String
    let etag: String?

    init(_ entry: FileEntry) {
        self.path = entry.path.description
        self.name = entry.path.name
        self.type = entry.kind.rawValue
        self.size = entry.kind == .file ? entry.size : nil
        self.modifiedAt = Timestamp.of(millisecondsSince1970: entry.modifiedMilliseconds)
        self.etag = entry.kind == .file ? entry.entityTag : nil
    }
}

/// `GET /v1/sessions/{id}/files`.
struct FileList: Encodable {
    /// The directory that was looked at; empty for the workspace itself.
    let path: String
    let files: [FileDocument]
    let truncated: Bool

    init(_ listing: FileListing, in path: RelativePath) {
        self.path = path.description
        self.files = listing.entries.map(FileDocument.init)
        self.truncated = listing.isTruncated
    }
}

/// `POST /v1/sessions/{id}/files`.
struct UploadedFiles: Encodable {
    let files: [FileDocument]
}
