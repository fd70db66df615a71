import Actors
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// `GET /v1/sessions/{id}/events` and `GET /v1/events`: a session's events, and the lives of all, as Server-Sent Events
/// (WHATWG HTML §9.2; API.md, SSE).
struct EventRoutes {
    /// How long a client gets to read the last of its stream.
    private static let farewell: TimeAmount = .seconds(5)
    private static let lastEventID = HTTPField.Name("Last-Event-ID")

    let sessions: SessionRoutes
    let fanout: Fanout

    func add(to endpoints: Endpoints) {
        endpoints.on(
            .get,
            "sessions/:id/events",
            "streamSession",
            needs: .read,
            class: .stream,
            isForViewers: true,
            use: self.events
        )
        endpoints.on(.get, "events", "streamLives", needs: .read, class: .stream, use: self.lobby)
    }

    @Sendable private func events(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        let stream = try Self.stream(request)
        if session.log.head.isClosed, [.latest, .after(session.log.head.id)].contains(stream.resume) {
            // Nothing is coming: 204 keeps an EventSource from asking again.
            return Response(status: .noContent)
        }
        let isNamed = try Self.isNamed(request)
        return Self.response { writer in
            let attachment: Attachment
            do {
                attachment = try await session.attach(after: stream.resume)
            } catch {
                // The head has left: the stream itself says it.
                let form = WireForm(framing: .serverSentEvents(isNamed: isNamed, isChunked: false), filter: .everything)
                let bye = StreamFrame.bye(.tooManyViewers, retry: nil, cursor: nil, session: session.id)
                try await writer.write(form.frame(bye))
                return try await self.finish(&writer, context)
            }
            let isToldWhy = await self.run(session.log, attachment, stream, isNamed: isNamed, context)
            await session.detach()
            guard isToldWhy else { throw StreamClosed() }
            try await self.finish(&writer, context)
        }
    }

    /// The lives of all sessions; what is said in them has streams of its own.
    @Sendable private func lobby(_ request: Request, _ context: APIContext) async throws -> Response {
        let stream = try Self.stream(request)
        let isNamed = try Self.isNamed(request)
        let supervisor = self.sessions.supervisor
        let caller = context.caller
        return Self.response { writer in
            let (log, attachment) = await supervisor.attachToLobby(after: stream.resume, for: caller)
            guard await self.run(log, attachment, stream, isNamed: isNamed, context) else {
                throw StreamClosed()
            }
            try await self.finish(&writer, context)
        }
    }

    /// Streams until an end; true when it was ours and the client was told.
    private func run(
        _ log: EventLog,
        _ attachment: Attachment,
        _ stream: StreamRequest,
        isNamed: Bool,
        _ context: APIContext
    ) async -> Bool {
        let end = await self.fanout.stream(
            log,
            attachment,
            cursor: stream.cursor,
            filter: stream.filter,
            isNamed: isNamed,
            isAllowed: context.isInForce,
            timeLeft: context.caller.timeLeft(),
            to: context.channel
        )
        return end != nil
    }

    @concurrent
    private func finish(_ writer: inout any ResponseBodyWriter, _ context: APIContext) async throws {
        let deadline = Self.deadline(Self.farewell, context.channel)
        defer { deadline.cancel() }
        try await writer.finish(nil)
    }

    private static func stream(_ request: Request) throws -> StreamRequest {
        let query = request.uri.queryParameters
        let types = query["types"].map { $0.split(separator: ",").map(String.init) } ?? []
        let previews = query["previews"].map(String.init)
        let asked = try StreamRequest(cursor: query["after"].map(String.init), types: types, previews: previews)
        // An EventSource that comes back asks for the same address, and says in a header where it was.
        guard let header = Self.lastEventID.flatMap({ request.headers[$0] }) else { return asked }
        return try StreamRequest(cursor: header, types: types, previews: previews)
    }

    private static func isNamed(_ request: Request) throws(Problem) -> Bool {
        try request.choice("named", of: ["0", "1"]) == "1"
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
