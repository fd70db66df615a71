import Actors
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix

/// `/v1/sessions/{id}/files`: what lies in the directory that a session works in (docs/workspace.md).
///
/// All work on the file system is done on NIO's threads for what blocks, a piece at a time: a body is read no faster than
/// the disk takes it.
struct FileRoutes {
    /// What a list holds at most, and if nothing is said.
    static let listLimit = 10_000
    static let usualListLimit = 1000
    /// How much of a file is read at once.
    private static let pieceBytes = 128 << 10
    /// Files that a key may have on their way at once; each has two descriptors.
    static let maximumUploads = 200
    /// What a form may have beside its files: boundaries, headers, fields.
    private static let maximumFormBytes = 1 << 20

    let sessions: SessionRoutes
    private let places = Places()

    init(sessions: SessionRoutes) {
        self.sessions = sessions
    }

    func add(to endpoints: Endpoints) {
        endpoints.on(.get, "sessions/:id/files", "listFiles", needs: .read, use: self.list)
        endpoints.on(.post, "sessions/:id/files", "uploadFiles", needs: .send, class: .work, use: self.upload)
        endpoints.on(.get, "sessions/:id/files/**", "downloadFile", needs: .read, use: self.download)
        endpoints.on(.put, "sessions/:id/files/**", "putFile", needs: .send, class: .work, use: self.put)
        endpoints.on(.delete, "sessions/:id/files/**", "deleteFile", needs: .send, class: .work, use: self.remove)
    }

    // MARK: Reading

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = request.uri.queryParameters
        let path = try RelativePath(String(query["path"] ?? ""))
        let pattern = try query["find"].map { try GlobPattern(String($0)) }
        let isRecursive = try Self.flag(query["recursive"], "recursive") ?? (pattern != nil)
        let limit = try request.number("limit", in: 1...Self.listLimit, default: Self.usualListLimit)
        let workspace = try await self.sessions.session(context).files()
        let listing = try await Self.blocking {
            try workspace.list(path, isRecursive: isRecursive, matching: pattern, limit: limit)
        }
        return Response.json(.ok, FileList(listing, in: path))
    }

    @Sendable private func download(_ request: Request, _ context: APIContext) async throws -> Response {
        let path = try Self.path(context)
        return try await Self.download(path, from: self.sessions.session(context).files(), request)
    }

    /// A file of a workspace, or the part of it that was asked for.
    ///
    /// - Parameters:
    ///   - path: its own.
    ///   - workspace: where it is.
    ///   - request: has what the client knows of it, and what it wants.
    /// - Returns: the answer, which reads the file as the client takes it.
    /// - Throws: `FileError`, `Problem`.
    static func download(
        _ path: RelativePath,
        from workspace: ConfinedDirectory,
        _ request: Request
    ) async throws -> Response {
        let file = try await Self.blocking { try workspace.open(path) }
        var headers = Self.headers(file.entry)
        if let known = request.headers[.ifNoneMatch], Self.names(known, file.entry.entityTag) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = "application/octet-stream"
        headers[.contentDisposition] = Self.attachment(path.name)
        let size = file.entry.size
        // A part of what it was is worth nothing once it has changed (RFC 9110 §13.1.5).
        let condition = request.headers[.ifRange]
        let isSame = condition == nil || condition == file.entry.entityTag || condition == headers[.lastModified]
        switch ByteRange(isSame ? request.headers[.range] : nil, size: size) {
        case .all:
            return Response(status: .ok, headers: headers, body: Self.body(file, 0..<size))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            return Response(status: .partialContent, headers: headers, body: Self.body(file, range))
        case .unsatisfiable:
            var problem = Problem(.rangeNotSatisfiable, "The file has \(size) bytes.")
            problem.contentRange = "bytes */\(size)"
            throw problem
        }
    }

    // MARK: Writing

    @Sendable private func put(_ request: Request, _ context: APIContext) async throws -> Response {
        let path = try Self.path(context)
        let workspace = try await self.sessions.session(context).files()
        let isNew = request.headers[.ifNoneMatch] == "*"
        let exists = try await Self.blocking { (try? workspace.status(path)) != nil }
        if isNew, exists { throw FileError(.fileExists, "A file of that name exists.") }
        let place = try self.place(context.caller)
        defer { withExtendedLifetime(place) {} }
        let upload = try await Self.blocking { try workspace.beginUpload(path) }
        // What is announced as too much need not be sent.
        if let length = request.headers[.contentLength].flatMap({ Int($0) }) {
            try upload.checkAnnounced(bytes: length)
        }
        for try await bytes in request.body { try await Self.blocking { try upload.write(bytes) } }
        let entry = try await Self.blocking { try upload.commit(isNew: isNew) }
        return Response.json(
            exists ? .ok : .created,
            FileDocument(entry),
            headers: [.eTag: entry.entityTag, .location: Self.location(request, entry)]
        )
    }

    @Sendable private func upload(_ request: Request, _ context: APIContext) async throws -> Response {
        let entries = try await self.upload(request, by: context.caller) {
            try await self.sessions.session(context).files()
        }
        return Response.json(.created, UploadedFiles(files: entries.map(FileDocument.init)))
    }

    /// Takes the files of a form into a workspace.
    ///
    /// - Parameters:
    ///   - request: a form; `path` of its query or a field before the files says which directory they go to.
    ///   - caller: whose places it takes.
    ///   - workspace: says where, once the request is known to be a form.
    /// - Returns: what is there now.
    /// - Throws: `FileError`, `Problem`.
    func upload(
        _ request: Request,
        by caller: Caller,
        into workspace: () async throws -> ConfinedDirectory
    ) async throws -> [FileEntry] {
        let directory = try RelativePath(String(request.uri.queryParameters["path"] ?? ""))
        var parser = try MultipartParser(contentType: request.headers[.contentType])
        let workspace = try await workspace()
        let limit = workspace.limits.maximumFileBytes.multipliedClamping(by: 10)
        var left = limit.addingClamping(Self.maximumFormBytes)
        let tooLarge = FileError(.fileTooLarge, "A form may have \(left) bytes.")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > left { throw tooLarge }
        var form = FormUpload(into: workspace, directory: directory, maximumBytes: limit) { () throws(Problem) in
            try self.place(caller)
        }
        for try await bytes in request.body {
            left -= bytes.readableBytes
            guard left >= 0 else { throw tooLarge }
            let events = try parser.receive(bytes)
            guard !events.isEmpty else { continue }
            let before = form
            form = try await Self.blocking {
                var form = before
                try form.take(events)
                return form
            }
        }
        try parser.finish()
        let whole = form
        return try await Self.blocking { try whole.commit() }
    }

    @Sendable private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        let path = try Self.path(context)
        let isRecursive = try Self.flag(request.uri.queryParameters["recursive"], "recursive") ?? false
        let workspace = try await self.sessions.session(context).files()
        try await Self.blocking { try workspace.remove(path, isRecursive: isRecursive) }
        return Response(status: .noContent)
    }

    // MARK: Steps

    /// The path after `files/`, each part decoded once.
    static func path(_ context: APIContext) throws -> RelativePath {
        try RelativePath(
            names: context.parameters.getCatchAll().map { part in
                guard let name = part.removingPercentEncoding else {
                    throw FileError(.pathRefused, "The path is not percent-encoded UTF-8.")
                }
                return name
            }
        )
    }

    /// A place for one more file on its way, which lasts as long as it is held.
    private func place(_ caller: Caller) throws(Problem) -> Places.Place {
        guard let place = self.places.take(caller.key?.id ?? "", limit: Self.maximumUploads) else {
            throw Problem(.tooManyUploads, "\(Self.maximumUploads) files may be on their way at once.")
        }
        return place
    }

    private static func flag(_ text: Substring?, _ name: String) throws(Problem) -> Bool? {
        switch text {
        case nil: nil
        case "true", "1", "": true
        case "false", "0": false
        default: throw Problem(.badRequest, "\(name) is true or false.")
        }
    }

    /// Work on the file system, on a thread for what blocks.
    static func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(work)
    }

    private static func body(_ file: ReadableFile, _ range: Range<Int>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { writer in
            var offset = range.lowerBound
            while offset < range.upperBound {
                let (place, count) = (offset, min(Self.pieceBytes, range.upperBound - offset))
                let bytes = try await Self.blocking { try file.read(count, at: place) }
                // Cut while it was read: a short answer must not look like a whole one.
                guard bytes.readableBytes > 0 else { throw FileError(.fileUnavailable, "The file became shorter.") }
                offset += bytes.readableBytes
                try await writer.write(bytes)
            }
            try await writer.finish(nil)
        }
    }

    /// What holds for the file whoever asks: nothing of it may be shown as part of a page.
    private static func headers(_ entry: FileEntry) -> HTTPFields {
        var headers: HTTPFields = [
            .eTag: entry.entityTag, .acceptRanges: "bytes", .cacheControl: "private, no-cache",
            .xContentTypeOptions: "nosniff", .contentSecurityPolicy: "sandbox; default-src 'none'",
        ]
        headers[.lastModified] = HTTPDate.text(millisecondsSince1970: entry.modifiedMilliseconds)
        return headers
    }

    /// `attachment`, with the name in ASCII for old clients and in UTF-8 for others (RFC 6266).
    static func attachment(_ name: String) -> String {
        let plain = String(
            name.unicodeScalars.map { scalar in
                (0x20...0x7E).contains(scalar.value) && scalar != "\"" && scalar != "\\" && scalar != "%"
                    ? Character(scalar) : "_"
            }
        )
        guard plain != name else { return "attachment; filename=\"\(plain)\"" }
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(Self.encoded(name))"
    }

    private static func encoded(_ name: String) -> String {
        let allowed = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return name.addingPercentEncoding(withAllowedCharacters: allowed) ?? "_"
    }

    private static func location(_ request: Request, _ entry: FileEntry) -> String {
        guard let end = request.uri.path.range(of: "/files/") else { return request.uri.path }
        return request.uri.path[..<end.upperBound] + entry.path.names.map(Self.encoded).joined(separator: "/")
    }

    /// Whether `If-None-Match` names a tag; weak ones count as equal here (RFC 9110 §13.1.2).
    private static func names(_ header: String, _ tag: String) -> Bool {
        header == "*"
            || header.split(separator: ",").contains { item in
                let item = item.drop { $0 == " " }
                return item == tag || item == "W/\(tag)"
            }
    }
}

extension Int {
    /// The sum, or the largest number when it would be larger.
    fileprivate func addingClamping(_ other: Int) -> Int {
        let (sum, isOver) = self.addingReportingOverflow(other)
        return isOver ? .max : sum
    }

    /// The product, or the largest number when it would be larger.
    fileprivate func multipliedClamping(by factor: Int) -> Int {
        let (product, isOver) = self.multipliedReportingOverflow(by: factor)
        return isOver ? .max : product
    }
}
