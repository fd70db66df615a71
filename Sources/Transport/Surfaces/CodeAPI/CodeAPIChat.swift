import Actors
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// `/api/v1/sessions/{name}/chat`, `/chat/stream` and `/history` of claude-code-api.
struct CodeAPIChat {
    private static let historyLimit = 1000

    let house: CodeAPIHouse
    private let replies = CodeAPIReplies()

    init(house: CodeAPIHouse) {
        self.house = house
    }

    func add(to endpoints: Endpoints) {
        self.house.limited(endpoints, "sessions/:name/chat", "ccaChat", use: self.chat)
        self.house.limited(endpoints, "sessions/:name/chat/stream", "ccaStreamChat", use: self.stream)
        self.house.on(endpoints, .get, "sessions/:name/history", "ccaGetHistory", needs: .read, use: self.history)
    }

    @Sendable private func chat(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(context)
        let prompt = try CodeAPIPrompt(body)
        guard !CodeAPIModeration.blocks(prompt.message) else {
            throw Problem(.badRequest, "Blocked: input matches forbidden pattern")
        }
        let session = try await self.house.session(context)
        guard let key = try request.idempotencyKey(for: body) else {
            return try await CodeAPIEnvelope.response(.ok, self.ask(prompt, session, context), context)
        }
        let name = "\(context.caller.owner ?? "")\n\(session.storageID)\n\(key.key)"
        switch self.replies.begin(name, key.fingerprint) {
        case .known(let data): return CodeAPIEnvelope.response(.ok, data, context)
        case .running: throw Problem(.conflict, "request_running", "This Idempotency-Key's request is being answered")
        case .conflict:
            throw SessionError(.idempotencyConflict, "This Idempotency-Key was used for another request")
        case .new:
            var data: ByteBuffer?
            defer { self.replies.finished(name, data) }
            let answer = try await self.ask(prompt, session, context)
            data = answer
            return CodeAPIEnvelope.response(.ok, answer, context)
        }
    }

    @Sendable private func stream(_ request: Request, _ context: APIContext) async throws -> Response {
        let prompt = try await CodeAPIPrompt(request.json(context))
        let isInPieces = try request.choice("partial", of: ["true", "false"]) == "true"
        let session = try await self.house.session(context)
        try await self.house.prepare(session, prompt.variation, context)
        let (receipt, start) = try await self.house.sessions.submit(prompt.content, to: session)
        let stream = self.house.sessions.stream(
            CodeAPITurn(conversation: session.conversation, isInPieces: isInPieces),
            of: receipt.messageID,
            in: session,
            after: start
        )
        return stream.response(context, headers: [.contentType: "text/event-stream; charset=utf-8"])
    }

    @Sendable private func history(_ request: Request, _ context: APIContext) async throws -> Response {
        let limit = try CodeAPIHouse.number(request, "limit", in: 1...Self.historyLimit, default: 100)
        let session = try await self.house.session(context)
        let rows = try await CodeAPIHistory.of(session, limit: limit)
        let hasSpoken = await session.details().hasSpoken
        let conversation = hasSpoken ? session.conversation : nil
        return CodeAPIEnvelope.response(.ok, JSONMembers.array(rows.map(\.json)), context) {
            $0.put("session_id", conversation ?? session.id)
            $0.put("count", rows.count)
        }
    }

    // MARK: Steps

    /// Asks, and waits for as long as the operator lets clients wait; what takes longer is stopped.
    private func ask(
        _ prompt: CodeAPIPrompt,
        _ session: Session,
        _ context: APIContext
    ) async throws -> ByteBuffer {
        try await self.house.prepare(session, prompt.variation, context)
        let (receipt, start) = try await self.house.sessions.submit(prompt.content, to: session)
        let reply = await self.house.sessions.reply(
            to: receipt.messageID,
            of: session,
            after: start,
            context,
            within: self.house.settings.chatTimeout
        )
        if reply.cut == .late { await session.stopMessage(receipt.messageID) }
        if let failure = CodeAPIReply.failure(reply) { throw failure }
        return CodeAPIReply(reply, conversation: session.conversation).json
    }
}
