import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// `/api/v1/sessions/{name}/files` of claude-code-api: what lies in the directory of a session.
struct CodeAPIFiles {
    private static let pageLimit = 1000
    /// What the original's clients find out of a file's name.
    private static let types = [
        "txt": "text/plain; charset=utf-8", "md": "text/markdown; charset=utf-8", "py": "text/x-python; charset=utf-8",
        "json": "application/json", "csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "xml": "application/xml",
        "yaml": "application/yaml", "yml": "application/yaml", "pdf": "application/pdf", "png": "image/png",
        "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "svg": "image/svg+xml", "zip": "application/zip",
    ]

    let house: CodeAPIHouse
    /// What does the work.
    let files: FileRoutes

    func add(to endpoints: Endpoints) {
        self.house.on(
            endpoints,
            .post,
            "sessions/:name/files",
            "ccaUploadFile",
            needs: .send,
            class: .work,
            use: self.upload
        )
        self.house.on(endpoints, .get, "sessions/:name/files", "ccaListFiles", needs: .read, use: self.list)
        self.house.on(endpoints, .get, "sessions/:name/files/**", "ccaDownloadFile", needs: .read, use: self.download)
    }

    @Sendable private func upload(_ request: Request, _ context: APIContext) async throws -> Response {
        let workspace = try await self.house.session(context).files()
        let entries: [FileEntry]
        do {
            entries = try await self.files.upload(request, by: context.caller) { workspace }
        } catch let error as FileError where error.code == .fileTooLarge {
            let limit = workspace.limits.maximumFileBytes >> 20
            throw Problem(.contentTooLarge, error.code.rawValue, "File exceeds \(limit)MB limit")
        }
        let items = entries.map { entry in
            var object = JSONMembers()
            object.put("path", entry.path.description)
            object.put("size", entry.size)
            object.put("name", entry.path.name)
            return object.bytes
        }
        return CodeAPIEnvelope.response(.created, items[0], context) {
            // The original takes one file; who sends more is told of all.
            if items.count > 1 { $0.put("files", array: items) }
        }
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let path = try RelativePath(String(request.uri.queryParameters["path"] ?? ""))
        let page = try CodeAPIHouse.number(request, "page", in: 1...1_000_000, default: 1)
        let limit = try CodeAPIHouse.number(request, "limit", in: 1...Self.pageLimit, default: 100)
        let workspace = try await self.house.session(context).files()
        let listing: FileListing
        do {
            listing = try await FileRoutes.blocking { try workspace.list(path, limit: FileRoutes.listLimit) }
        } catch let error as FileError where error.code == .fileNotFound || error.code == .notADirectory {
            throw Problem(.notFound, "directory_not_found", "Directory not found")
        }
        let shown = listing.entries.filter { !$0.path.name.hasPrefix(".") }
        let items = shown.dropFirst((page - 1) * limit).prefix(limit).map { entry in
            let isDirectory = entry.kind == .directory
            var object = JSONMembers()
            object.put("name", entry.path.name)
            object.put("path", entry.path.description)
            object.put("type", isDirectory ? "directory" : "file")
            object.put("size", orNull: isDirectory ? nil : entry.size)
            return object.bytes
        }
        return CodeAPIEnvelope.response(.ok, JSONMembers.array(items), context) {
            $0.put("path", path.isRoot ? "." : path.description)
            $0.put("pagination", raw: CodeAPISessions.pagination(total: shown.count, page: page, limit: limit))
        }
    }

    @Sendable private func download(_ request: Request, _ context: APIContext) async throws -> Response {
        let path = try FileRoutes.path(context)
        let workspace = try await self.house.session(context).files()
        var response = try await FileRoutes.download(path, from: workspace, request)
        let ending = path.name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        // Shown to nobody as part of a page: it goes as an attachment, and may run nothing.
        if response.status == .ok, let type = Self.types[ending] { response.headers[.contentType] = type }
        return response
    }
}
