import Actors
import Agent
import HTTPTypes
import Hummingbird
import NIOCore

/// `POST /openai/v1/chat/completions`.
struct ChatRoutes {
    /// How long a session of a conversation lives without a word.
    private static let conversationLife: Duration = .seconds(3600)
    /// How long the answer before may still take when the next question comes.
    private static let patience: Duration = .milliseconds(500)

    let sessions: SurfaceSessions
    let affinity = ChatAffinity()

    func add(to endpoints: Endpoints) {
        endpoints.on(
            .openAI,
            .post,
            "v1/chat/completions",
            "openaiCreateChatCompletion",
            needs: .send,
            class: .work,
            use: self.create
        )
    }

    /// Where a request's prompt has gone.
    private struct Asked {
        let session: Session
        let message: String
        let start: UInt64
        /// Made for this prompt, and to be ended after it.
        let isOnce: Bool

        func end() async { if self.isOnce { await self.session.beginEnd(.deleted) } }
    }

    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let chat = try await ChatRequest(request.json(context), headers: request.headers)
        let completion = ChatCompletion(model: chat.model)
        if chat.isStream {
            let asked = try await self.ask(chat, context)
            let stream = self.sessions.stream(
                ChatStream(completion, of: chat),
                of: asked.message,
                in: asked.session,
                after: asked.start
            ) { _ in await asked.end() }
            return stream.response(context)
        }
        let choices = try await withThrowingTaskGroup(of: (Int, ChatCompletion.Choice).self) { group in
            for index in 0..<chat.count { group.addTask { (index, try await self.answer(chat, context)) } }
            var choices: [(Int, ChatCompletion.Choice)] = []
            for try await choice in group { choices.append(choice) }
            return choices.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return Response.json(.ok, raw: completion.body(choices).json(isIndented: false))
    }

    private func answer(_ chat: ChatRequest, _ context: APIContext) async throws -> ChatCompletion.Choice {
        let asked = try await self.ask(chat, context)
        let reply = await self.sessions.reply(to: asked.message, of: asked.session, after: asked.start, context)
        await asked.end()
        let isInSchema = chat.options.outputSchema != nil
        let outcome = OpenAIOutcome(reply, model: chat.model, wantsSchema: isInSchema)
        if case .failed(let problem) = outcome { throw problem }
        let (text, isCut) = reply.spoken(inSchema: isInSchema, until: chat.stops)
        if outcome == .interrupted, text.isEmpty {
            throw Problem(.conflict, "interrupted", "Somebody stopped the agent before it said anything.")
        }
        let reason = isCut ? "stop" : outcome.finishReason ?? "stop"
        return ChatCompletion.Choice(text: text, finishReason: reason, usage: reply.usage)
    }

    // MARK: Steps

    /// Hands the prompt in: to the session that holds the conversation, or to a new one.
    private func ask(_ chat: ChatRequest, _ context: APIContext) async throws -> Asked {
        guard let word = chat.affinity else { return try await self.askOnce(chat, context) }
        let key = ChatAffinity.Key(owner: context.caller.owner, word: word)
        if let entry = self.affinity.take(key) {
            let session = try? await self.sessions.supervisor.session(at: entry.session, for: context.caller)
            if let session, !session.log.head.isClosed {
                let before = await self.sessions.reply(
                    to: entry.message,
                    of: session,
                    after: entry.start,
                    context,
                    within: Self.patience
                )
                if before.outcome == nil {
                    // It is still at the question before, which nobody has taken back: this one goes elsewhere.
                    self.affinity.put(entry, for: key)
                    return try await self.askOnce(chat, context)
                }
                if let new = Self.new(chat, after: before, entry) {
                    return try await self.ask(session, new, all: chat, key)
                }
                await session.beginEnd(.deleted)
            }
        }
        var options = chat.options
        options.name = word.unicodeScalars.count <= 256 ? word : nil
        options.timeToLive = Self.conversationLife
        let content = try OpenAIMessage.prompt(of: chat.messages, at: "/messages")
        let session = try await self.sessions.create(options, for: context.caller)
        return try await self.ask(session, content, all: chat, key)
    }

    private func ask(
        _ session: Session,
        _ content: ByteBuffer,
        all chat: ChatRequest,
        _ key: ChatAffinity.Key
    ) async throws -> Asked {
        let (receipt, start) = try await self.sessions.submit(content, to: session)
        let entry = ChatAffinity.Entry(
            session: session.address,
            options: chat.options,
            heard: chat.messages.map(\.digest),
            message: receipt.messageID,
            start: start,
            stops: chat.stops
        )
        self.affinity.put(entry, for: key)
        return Asked(session: session, message: receipt.messageID, start: start, isOnce: false)
    }

    /// What of a conversation its session has not heard; `nil` when it has heard something else.
    private static func new(
        _ chat: ChatRequest,
        after before: TurnReply,
        _ entry: ChatAffinity.Entry
    ) -> ByteBuffer? {
        let isInSchema = entry.options.outputSchema != nil
        guard before.isCompleted, chat.options == entry.options else { return nil }
        let (said, isCut) = before.spoken(inSchema: isInSchema, until: entry.stops)
        // What was cut off the client has never seen.
        guard !isCut else { return nil }
        let heard = entry.heard + [OpenAIMessage.said(said).digest]
        guard chat.messages.count > heard.count, chat.messages.prefix(heard.count).map(\.digest) == heard else {
            return nil
        }
        let rest = Array(chat.messages.dropFirst(heard.count))
        guard rest.allSatisfy({ $0.role == .user }) else { return nil }
        return try? OpenAIMessage.prompt(of: rest, at: "/messages")
    }

    /// A session for this prompt alone, which is told the whole conversation.
    private func askOnce(_ chat: ChatRequest, _ context: APIContext) async throws -> Asked {
        let content = try OpenAIMessage.prompt(of: chat.messages, at: "/messages", isOnce: true)
        let session = try await self.sessions.createOnce(chat.options, for: context.caller)
        do {
            let (receipt, start) = try await self.sessions.submit(content, to: session)
            return Asked(session: session, message: receipt.messageID, start: start, isOnce: true)
        } catch {
            await session.beginEnd(.deleted)
            throw error
        }
    }
}
