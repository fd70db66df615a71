import Actors
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// `/v1/sessions/{id}/messages`, its queue, and stopping: what goes to the agent and what came back (API.md, Sessions).
struct MessageRoutes {
    let sessions: SessionRoutes
    let fanout: Fanout

    func add(to endpoints: Endpoints) {
        endpoints.on(.post, "sessions/:id/messages", "sendMessage", needs: .send, class: .work, use: self.send)
        endpoints.on(.get, "sessions/:id/messages", "listMessages", needs: .read, isForViewers: true, use: self.history)
        endpoints.on(
            .get,
            "sessions/:id/messages/:message",
            "getMessage",
            needs: .read,
            isForViewers: true,
            use: self.message
        )
        endpoints.on(.get, "sessions/:id/queue", "listQueue", needs: .read, use: self.queue)
        endpoints.on(
            .patch,
            "sessions/:id/queue/:message",
            "editQueuedMessage",
            needs: .send,
            class: .work,
            use: self.edit
        )
        endpoints.on(
            .delete,
            "sessions/:id/queue/:message",
            "cancelQueuedMessage",
            needs: .send,
            class: .work,
            use: self.cancel
        )
        endpoints.on(
            .post,
            "sessions/:id/interrupt",
            "interruptSession",
            needs: .send,
            class: .work,
            use: self.interrupt
        )
        endpoints.on(.post, "sessions/:id/compact", "compactSession", needs: .send, class: .work, use: self.compact)
        endpoints.on(
            .get,
            "sessions/:id/lines/:reference",
            "getLongLine",
            needs: .read,
            isForViewers: true,
            use: self.longLine
        )
    }

    @Sendable private func send(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        let body = try await request.json(context)
        var fields = try RequestFields(body)
        let message = try MessageRequest(&fields)
        return try await self.send(message, to: session, key: request.idempotencyKey(for: body), request, context)
    }

    /// The CLI's own command, as a message like any other.
    @Sendable private func compact(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        let body = try await request.json(context)
        var fields = try RequestFields(body)
        let message = try MessageRequest(compacting: &fields)
        return try await self.send(message, to: session, key: request.idempotencyKey(for: body), request, context)
    }

    private func send(
        _ message: MessageRequest,
        to session: Session,
        key: IdempotencyKey?,
        _ request: Request,
        _ context: APIContext
    ) async throws -> Response {
        try await self.sessions.supervisor.checkAcceptsWork()
        let start = session.log.head.position
        let receipt = try await session.submit(
            content: message.content,
            delivery: message.delivery,
            key: key,
            origin: message.origin
        )
        // The session has it now; who waits for its turn holds nothing.
        context.body?.release()
        // Sent again when it was done, there is nothing to wait for.
        if receipt.isRepeated, receipt.state.isFinal { return Response.json(.accepted, SentMessage(receipt)) }
        if request.headers[.accept]?.contains("text/event-stream") == true {
            let stream = TurnStream(
                log: session.log,
                start: start,
                messageID: receipt.messageID,
                drain: self.fanout.drainSignal,
                patience: self.fanout.patience,
                projection: NativeTurn(session: session.id)
            )
            return stream.response(context)
        }
        let wait = message.wait ?? request.preferredWait()
        if let wait, let ended = await self.outcome(of: receipt, in: session.log, after: start, within: wait, context) {
            return Response.json(.ok, raw: ended)
        }
        return Response.json(.accepted, SentMessage(receipt))
    }

    @Sendable private func history(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        let query = request.uri.queryParameters
        let limit = try request.number("limit", in: 1...SessionRoutes.listLimit, default: 100)
        let isNewestFirst = try request.choice("order", of: ["asc", "desc"]) == "desc"
        let after = try query["after"].map { try Self.sequence($0, in: session.log) }
        let before = try query["before"].map { try Self.sequence($0, in: session.log) }
        var events = try await session.history(limit, after: after, before: before)
        if isNewestFirst { events.reverse() }
        return Response.json(.ok, array: "messages", events)
    }

    @Sendable private func message(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        return try await Response.json(.ok, raw: session.messageView(context.parameters.require("message")))
    }

    @Sendable private func queue(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        return await Response.json(.ok, array: "queue", session.queueView())
    }

    @Sendable private func edit(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        var fields = try await RequestFields(request.json(context))
        let edit = try EditRequest(&fields)
        let message = try context.parameters.require("message")
        return try await Response.json(
            .ok,
            raw: session.editMessage(message, content: edit.content, position: edit.position)
        )
    }

    @Sendable private func cancel(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        try await session.cancelMessage(context.parameters.require("message"))
        return Response(status: .noContent)
    }

    @Sendable private func interrupt(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        var fields = try await RequestFields(request.json(context))
        try fields.finish()
        return await Response.json(.ok, session.interrupt())
    }

    /// A line of the agent that was too long for its event, whole, as the CLI wrote it.
    @Sendable private func longLine(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        let path = try await session.longLine(context.parameters.require("reference", as: Int.self))
        let body = try await FileIO().loadFile(path: path, context: context)
        return Response(status: .ok, headers: [.contentType: "application/octet-stream"], body: body)
    }

    // MARK: Steps

    /// The number of an event of this session, from its cursor.
    private static func sequence(_ cursor: Substring, in log: EventLog) throws -> UInt64 {
        guard let id = EventID(cursor) else {
            throw Problem(.invalidCursor, "The cursor is none that this server gives out.")
        }
        guard id.epoch == log.epoch else {
            throw SessionError(.historyGone, "The cursor is of another session, or of a log that is lost.")
        }
        return id.sequence
    }

    /// Waits for the end of a prompt; `nil` when it takes longer, the server goes, or nobody is there to be told.
    private func outcome(
        of receipt: PromptReceipt,
        in log: EventLog,
        after start: UInt64,
        within wait: Duration,
        _ context: APIContext
    ) async -> ByteBuffer? {
        let turn = TurnWait(
            log: log,
            start: start,
            messageID: receipt.messageID,
            drain: self.fanout.drainSignal,
            channel: context.channel
        )
        guard case .end(_, let data) = await turn.run(within: wait, (), { _, _ in }).end else { return nil }
        return data
    }
}

/// What `send` answers when it does not wait.
struct SentMessage: Encodable {
    let messageId: String
    let state: MessageState
    let position: Int
    let cursor: String

    init(_ receipt: PromptReceipt) {
        self.messageId = receipt.messageID
        self.state = receipt.state
        self.position = receipt.position
        self.cursor = receipt.cursor
    }
}
