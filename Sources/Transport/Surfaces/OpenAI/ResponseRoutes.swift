import Actors
import Agent
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// `/openai/v1/responses`: prompts whose answers can be looked at again, gone on from, and taken up in mid-stream.
struct ResponseRoutes {
    let sessions: SurfaceSessions

    func add(to endpoints: Endpoints) {
        let path = "v1/responses"
        endpoints.on(.openAI, .post, path, "openaiCreateResponse", needs: .send, class: .work, use: self.create)
        endpoints.on(.openAI, .get, "\(path)/:response", "openaiGetResponse", needs: .read, use: self.get)
        endpoints.on(.openAI, .delete, "\(path)/:response", "openaiDeleteResponse", needs: .send, use: self.delete)
        endpoints.on(
            .openAI,
            .post,
            "\(path)/:response/cancel",
            "openaiCancelResponse",
            needs: .send,
            class: .work,
            use: self.cancel
        )
        endpoints.on(
            .openAI,
            .get,
            "\(path)/:response/input_items",
            "openaiListInputItems",
            needs: .read,
            use: self.inputItems
        )
    }

    // MARK: Routes

    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let asked = try await ResponseRequest(request.json(context))
        let (session, content) = try await self.session(for: asked, context)
        let end: @Sendable () async -> Void = { if !asked.isStored { await session.beginEnd(.deleted) } }
        let id: ResponseID
        let start: UInt64
        do {
            let receipt: PromptReceipt
            (receipt, start) = try await self.sessions.submit(content, to: session)
            let sequence = EventID(receipt.cursor)?.sequence ?? 0
            id = ResponseID(session: session.id, message: receipt.messageID, sequence: sequence)
            if asked.isStored {
                await session.note(ResponseFacts.note) { asked.facts.added(receipt.messageID, to: $0) }
            }
        } catch {
            await end()
            throw error
        }
        if asked.isStream {
            let stream = self.sessions.stream(
                ResponseStream(id, asked.facts),
                of: id.message,
                in: session,
                after: start
            ) { _ in await end() }
            return stream.response(context)
        }
        if asked.facts.isBackground {
            return Response.json(.ok, raw: ResponseObject(id, asked.facts, status: .queued).bytes)
        }
        let reply = await self.sessions.reply(to: id.message, of: session, after: start, context)
        await end()
        var object = ResponseObject(id, asked.facts, status: .inProgress)
        object.end(reply)
        // Who waits for it is told of a failure as of any other.
        if let problem = object.problem { throw problem }
        return Response.json(.ok, raw: object.bytes)
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let (id, session) = try await self.find(context)
        if try request.choice("stream", of: ["true", "false"]) == "true" {
            return try await self.resume(id, session, request, context)
        }
        return try await Response.json(.ok, raw: self.object(id, session).bytes)
    }

    /// Stops it, or takes it back; one that is done stays as it is.
    @Sendable private func cancel(_ request: Request, _ context: APIContext) async throws -> Response {
        let (id, session) = try await self.find(context)
        let before = try await self.object(id, session)
        guard !before.status.isFinal else { return Response.json(.ok, raw: before.bytes) }
        // It may have been faster.
        await session.stopMessage(id.message)
        return try await Response.json(.ok, raw: self.object(id, session).bytes)
    }

    /// Ends its session, with all responses of that conversation.
    @Sendable private func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let (id, session) = try await self.find(context)
        await session.end(.deleted)
        let body = DocumentNode.of([
            "id": .string(id.description), "object": .string("response"), "deleted": .bool(true),
        ])
        return Response.json(.ok, raw: body.json(isIndented: false))
    }

    @Sendable private func inputItems(_ request: Request, _ context: APIContext) async throws -> Response {
        let (id, session) = try await self.find(context)
        var input = ResponseInput()
        _ = try await Self.past(id, session).read { events in for event in events { input.take(event) } }
        guard let list = input.list(of: id) else { throw Self.notFound }
        return Response.json(.ok, raw: list.json(isIndented: false))
    }

    // MARK: Steps

    private static var notFound: Problem { Problem(.notFound, "There is no response of that id.") }

    /// The session that is asked, and what: one that has heard what was before, or a new one.
    private func session(
        for asked: ResponseRequest,
        _ context: APIContext
    ) async throws -> (session: Session, content: ByteBuffer) {
        guard let previous = asked.previous else {
            let content = try OpenAIMessage.prompt(of: asked.messages, at: "/input", isOnce: !asked.isStored)
            let session =
                asked.isStored
                ? try await self.sessions.create(asked.options, for: context.caller)
                : try await self.sessions.createOnce(asked.options, for: context.caller)
            return (session, content)
        }
        guard let id = ResponseID(previous), let session = try? await self.session(of: id, context) else {
            var problem = Problem(
                .badRequest,
                "previous_response_not_found",
                "Previous response with id '\(previous)' not found."
            )
            problem.errors = [Problem.FieldError(pointer: "/previous_response_id", message: problem.detail)]
            throw problem
        }
        let options = await session.optionsView()
        if let model = asked.options.model, model != options.model {
            var change = SessionChange()
            change.model = model
            try await session.change(change, by: context.caller)
        }
        guard asked.options.outputSchema == options.outputSchema else {
            throw Problem.unsupported("/text/format", "A conversation keeps the shape of its first answer.")
        }
        var messages = asked.messages
        // What its system prompt does not say already.
        if let system = asked.options.systemPrompt, system != options.systemPrompt {
            messages.insert(OpenAIMessage(role: .system, parts: [.text(system)]), at: 0)
        }
        return (session, try OpenAIMessage.prompt(of: messages, at: "/input"))
    }

    private func find(_ context: APIContext) async throws -> (id: ResponseID, session: Session) {
        let text = try context.parameters.require("response")
        guard let id = ResponseID(text), let session = try? await self.session(of: id, context) else {
            throw Self.notFound
        }
        return (id, session)
    }

    private func session(of id: ResponseID, _ context: APIContext) async throws -> Session {
        let session = try await self.sessions.supervisor.session(id.session, for: context.caller)
        // The message is of this session, or the id was made up.
        guard !session.log.head.isClosed, id.sequence <= session.log.head.id.sequence else {
            throw SessionError(.sessionNotFound, "There is no session of that id.")
        }
        return session
    }

    private static func past(_ id: ResponseID, _ session: Session) -> PastTurn {
        PastTurn(log: session.log, messageID: id.message, sequence: id.sequence)
    }

    private static func facts(_ id: ResponseID, _ session: Session) async -> ResponseFacts {
        let options = await session.optionsView()
        if let facts = ResponseFacts.read(id.message, in: options.notes?[ResponseFacts.note]) { return facts }
        var facts = ResponseFacts(model: options.model ?? "claude", createdAt: 0)
        facts.instructions = options.systemPrompt
        facts.isInSchema = options.outputSchema != nil
        return facts
    }

    /// The response as it is now.
    private func object(_ id: ResponseID, _ session: Session) async throws -> ResponseObject {
        var reply = TurnReply()
        var hasBegun = false
        var isKnown = false
        let isOver = try await Self.past(id, session).read { events in
            for event in events {
                isKnown = true
                if event.type == "turn.started" { hasBegun = true }
                reply.take(event)
            }
        }
        guard isKnown else { throw Self.notFound }
        let facts = await Self.facts(id, session)
        var object = ResponseObject(id, facts, status: hasBegun ? .inProgress : .queued)
        if isOver { object.end(reply) } else { object.items = object.items(of: reply) }
        return object
    }

    /// The stream of a response, taken up after a number.
    private func resume(
        _ id: ResponseID,
        _ session: Session,
        _ request: Request,
        _ context: APIContext
    ) async throws -> Response {
        let last = try request.number("starting_after", in: 0...(1 << 53), default: -1)
        // There is none to wait for where there never was such a message.
        _ = try await self.object(id, session)
        var projection = ResponseStream(
            id,
            await Self.facts(id, session),
            after: last < 0 ? nil : last,
            superseded: session.log.resume(after: nil as EventID?).supersededThrough
        )
        var past: [[Event]] = []
        let point = try await Self.past(id, session).readArchive { past.append($0) }
        for (place, events) in past.enumerated() {
            projection.catchUp(events, isOver: point.follower.end != nil && place == past.count - 1)
        }
        if point.follower.end != nil {
            let frames = projection.opening() ?? ByteBuffer()
            return EventRoutes.response { writer in
                try await writer.write(frames)
                try await writer.finish(nil)
            }
        }
        var stream = self.sessions.stream(projection, of: id.message, in: session, after: point.position)
        stream.follower = point.follower
        return stream.response(context)
    }
}
