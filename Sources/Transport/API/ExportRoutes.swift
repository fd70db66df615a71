import Actors
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// `GET /v1/sessions/{id}/export`: all that is kept of a session, as JSON Lines for programs or Markdown for people.
struct ExportRoutes {
    private enum Format: String, CaseIterable {
        case jsonl, markdown

        var contentType: String {
            switch self {
            case .jsonl: "application/x-ndjson"
            case .markdown: "text/markdown; charset=utf-8"
            }
        }

        var suffix: String {
            switch self {
            case .jsonl: "jsonl"
            case .markdown: "md"
            }
        }
    }

    let sessions: SessionRoutes

    func add(to endpoints: Endpoints) {
        endpoints.on(
            .get,
            "sessions/:id/export",
            "exportSession",
            needs: .read,
            class: .work,
            isForViewers: true,
            use: self.export
        )
    }

    @Sendable private func export(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        let name = try request.choice("format", of: Format.allCases.map(\.rawValue))
        let format = name.flatMap(Format.init) ?? .jsonl
        let export = SessionExport(session.log)
        let summary = await session.summary()
        let headers: HTTPFields = [
            .contentType: format.contentType, .cacheControl: "no-store",
            .contentDisposition: "attachment; filename=\"\(session.id).\(format.suffix)\"",
        ]
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in
                switch format {
                case .jsonl: try await Self.writeLines(export, to: &writer)
                case .markdown: try await Self.writeMarkdown(export, summary, to: &writer)
                }
                try await writer.finish(nil)
            }
        )
    }

    @concurrent
    private static func writeLines(_ export: SessionExport, to writer: inout any ResponseBodyWriter) async throws {
        var export = export
        while let piece = try await export.next() {
            var buffer = ByteBuffer()
            switch piece {
            case .events(let events):
                for event in events {
                    buffer.writeImmutableBuffer(event.envelope)
                    buffer.writeString("\n")
                }
            case .gap(let from, let to):
                let frame = StreamFrame.gap(
                    from: from.description,
                    to: to,
                    reason: .evicted,
                    session: export.session
                )
                buffer.writeImmutableBuffer(frame.envelope)
                buffer.writeString("\n")
            }
            try await writer.write(buffer)
        }
    }

    @concurrent
    private static func writeMarkdown(
        _ export: SessionExport,
        _ summary: SessionSummary,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        var export = export
        var transcript = MarkdownTranscript()
        try await writer.write(ByteBuffer(string: MarkdownTranscript.title(summary)))
        while let piece = try await export.next() {
            var text = ""
            switch piece {
            case .events(let events): for event in events { text += transcript.text(of: event) }
            case .gap: text = "*What came before is no longer kept.*\n\n"
            }
            if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
        }
    }
}
