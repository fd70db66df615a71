import Actors
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// `GET /v1/sessions/{id}/events`: a session's events as Server-Sent Events (WHATWG HTML §9.2; API.md, SSE).
struct EventRoutes {
    /// How long a client gets to read the last of its stream.
    private static let farewell: TimeAmount = .seconds(5)
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
        if session.log.head.isClosed, [.latest, .after(session.log.head.id)].contains(stream.resume) {
            // Nothing is coming: 204 keeps an EventSource from asking again.
            return Response(status: .noContent)
        }
        let isNamed = query["named"] == "1"
        let fanout = self.fanout
        return Self.response { writer in
            do {
                let end = try await fanout.stream(
                    session,
                    resume: stream.resume,
                    cursor: stream.cursor,
                    filter: stream.filter,
                    isNamed: isNamed,
                    to: context.channel
                )
                guard end != nil else { throw StreamClosed() }
            } catch let error as SessionError where error.code == .tooManyViewers {
                // The head has left: the stream itself says it.
                let form = WireForm(framing: .serverSentEvents(isNamed: isNamed, isChunked: false), filter: .everything)
                let bye = StreamFrame.bye(.tooManyViewers, retry: nil, cursor: nil, session: session.id)
                try await writer.write(form.frame(bye))
            }
            let deadline = Self.deadline(Self.farewell, context.channel)
            defer { deadline.cancel() }
            try await writer.finish(nil)
        }
    }

    /// Closes a connection whose client keeps a writer waiting; cancel it when the write is done.
    static func deadline(_ patience: TimeAmount, _ channel: any Channel) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
    }

    static func response(
        _ body: @escaping @Sendable @concurrent (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
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
}

/// Ends a response whose client has gone or was cut off: nothing more can be said on its connection.
struct StreamClosed: Error {}
