import Actors
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// `GET /v1/sessions/{id}/events`: a session's events as Server-Sent Events (WHATWG HTML §9.2; API.md, SSE).
struct EventRoutes {
    private static let lastEventID = HTTPField.Name("Last-Event-ID")

    let sessions: SessionRoutes
    let fanout: Fanout

    func add(to router: RouterGroup<APIContext>) {
        router.get("sessions/:id/events", use: self.events)
    }

    @Sendable private func events(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        let query = request.uri.queryParameters
        let header = Self.lastEventID.flatMap { request.headers[$0] }
        let stream = try StreamRequest(
            cursor: header ?? query["after"].map(String.init),
            types: query["types"].map { $0.split(separator: ",").map(String.init) } ?? [],
            previews: query["previews"].map(String.init)
        )
        if session.log.head.isClosed, case .after(let id) = stream.resume, id == session.log.head.id {
            // Nothing is coming: 204 keeps an EventSource from asking again.
            return Response(status: .noContent)
        }
        let form = WireForm(
            framing: .serverSentEvents(isNamed: query["named"] == "1", isChunked: Self.isChunked(context.channel)),
            filter: stream.filter
        )
        let fanout = self.fanout
        return Self.response { writer in
            let end = try await fanout.stream(
                session,
                resume: stream.resume,
                cursor: stream.cursor,
                form: form,
                to: context.channel
            )
            switch end {
            case .sessionGone, .drain: try await writer.finish(nil)
            default: throw StreamClosed()
            }
        }
    }

    static func response(_ body: @escaping @Sendable @concurrent (inout any ResponseBodyWriter) async throws -> Void) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream",
                .cacheControl: "no-store",
                HTTPField.Name("X-Accel-Buffering") ?? .cacheControl: "no",
            ],
            body: ResponseBody(body)
        )
    }

    /// Whether what we write below the encoder has to be chunked by us: in HTTP/1.1, not in HTTP/2.
    private static func isChunked(_ channel: any Channel) -> Bool {
        channel.parent?.parent == nil
    }
}

/// Ends a response whose client has gone or was cut off: nothing more can be said on its connection.
struct StreamClosed: Error {}
