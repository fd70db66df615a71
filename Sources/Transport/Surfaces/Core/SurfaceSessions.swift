import Actors
import Agent
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// What all surfaces do with sessions: find them by any of their names, make them, ask them.
struct SurfaceSessions: Sendable {
    /// Time to live of a session that is made for one prompt, when nobody has ended it before.
    private static let oneOffLife: Duration = .seconds(2)
    /// What tells it from sessions that stay.
    static let oneOffTag = "one-off"
    /// Shorter beginnings of an id are too easily met by chance.
    private static let shortestPrefix = 4

    let supervisor: Supervisor
    let fanout: Fanout

    /// The session that a client of any surface means.
    ///
    /// By its exact id or one of Claude's ids for it, by its name (the last active one of several), or by the beginning of
    /// its id in hexadecimal if no other begins so.
    ///
    /// - Parameters:
    ///   - text: what stands in the path.
    ///   - caller: who asks; others' sessions are not there.
    /// - Returns: a session that has not ended.
    /// - Throws: `SessionError`, `session_not_found` for none and for several.
    func find(_ text: String, for caller: Caller) async throws(SessionError) -> Session {
        if let session = try? await self.supervisor.session(text, for: caller), !session.log.head.isClosed {
            return session
        }
        let all = await self.supervisor.summaries(for: caller)
        if let named = all.first(where: { $0.name == text }) { return try await self.session(of: named, for: caller) }
        if text.utf8.count >= Self.shortestPrefix, text.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) {
            let fitting = all.filter { $0.id.hasPrefix(text) }
            if fitting.count == 1 { return try await self.session(of: fitting[0], for: caller) }
        }
        throw SessionError(.sessionNotFound, "There is no session of that id.")
    }

    /// The sessions that stay, newest activity first.
    func lasting(for caller: Caller) async -> [SessionSummary] {
        await self.supervisor.summaries(for: caller).filter { $0.state != .ended && !$0.tags.contains(Self.oneOffTag) }
    }

    /// The session of a summary that was made for this caller.
    func session(of summary: SessionSummary, for caller: Caller) async throws(SessionError) -> Session {
        let address = SessionAddress(owner: summary.owner, id: summary.id)
        return try await self.supervisor.session(at: address, for: caller)
    }

    /// The caller's sessions that stay, whoever made them; last used first.
    func all(for caller: Caller) async -> [Session] {
        var all: [Session] = []
        for summary in await self.lasting(for: caller) {
            if let session = try? await self.session(of: summary, for: caller) { all.append(session) }
        }
        return all
    }

    /// Makes a session that stays.
    ///
    /// - Parameters:
    ///   - options: what its client asks for.
    ///   - caller: whose it becomes.
    ///   - key: asked again with the same key, it is the same session.
    /// - Returns: the session, which survives the server.
    /// - Throws: `SessionError`.
    func create(
        _ options: SessionOptions,
        for caller: Caller,
        key: IdempotencyKey? = nil
    ) async throws(SessionError) -> Session {
        try await self.supervisor.checkAcceptsWork()
        let session = try await self.supervisor.create(options, for: caller, key: key)
        await session.durable()
        return session
    }

    /// Makes a session for one prompt; `close` ends it, and should nobody do that, its time to live.
    func createOnce(_ options: SessionOptions, for caller: Caller) async throws(SessionError) -> Session {
        var options = options
        options.timeToLive = Self.oneOffLife
        options.tags.append(Self.oneOffTag)
        return try await self.create(options, for: caller)
    }

    /// Makes a session for one prompt, asks it, and ends it whatever comes of that.
    ///
    /// - Parameters:
    ///   - content: as of `submit`.
    ///   - options: of the session.
    ///   - context: the request's.
    ///   - limit: how long to wait; `nil` for as long as it takes.
    /// - Returns: what came of it.
    /// - Throws: `SessionError`.
    func askOnce(
        _ content: ByteBuffer,
        _ options: SessionOptions,
        _ context: APIContext,
        within limit: Duration? = nil
    ) async throws(SessionError) -> TurnReply {
        let session = try await self.createOnce(options, for: context.caller)
        do throws(SessionError) {
            let reply = try await self.ask(content, of: session, context, within: limit)
            await session.beginEnd(.deleted)
            return reply
        } catch {
            await session.beginEnd(.deleted)
            throw error
        }
    }

    /// The same as a stream of a surface's own frames.
    ///
    /// - Parameters:
    ///   - content: as of `submit`.
    ///   - options: of the session.
    ///   - context: the request's.
    ///   - projection: what the frames look like, made of the prompt's id.
    /// - Returns: the stream, whose `response` is the answer; at its end the session has ended.
    /// - Throws: `SessionError`.
    func streamOnce<Projection>(
        _ content: ByteBuffer,
        _ options: SessionOptions,
        _ context: APIContext,
        _ projection: (_ message: String) -> Projection
    ) async throws(SessionError) -> TurnStream<Projection> {
        let session = try await self.createOnce(options, for: context.caller)
        do throws(SessionError) {
            let (receipt, start) = try await self.submit(content, to: session)
            let message = receipt.messageID
            return self.stream(projection(message), of: message, in: session, after: start) { _ in
                await session.beginEnd(.deleted)
            }
        } catch {
            await session.beginEnd(.deleted)
            throw error
        }
    }

    /// Hands a prompt in.
    ///
    /// - Parameters:
    ///   - content: JSON, checked (`PromptContent`).
    ///   - session: who is asked.
    ///   - key: sent again with the same key, it is the same message.
    /// - Returns: the receipt, and the log's position before it.
    /// - Throws: `SessionError`.
    func submit(
        _ content: ByteBuffer,
        to session: Session,
        key: IdempotencyKey? = nil
    ) async throws(SessionError) -> (receipt: PromptReceipt, start: UInt64) {
        try await self.supervisor.checkAcceptsWork()
        let start = session.log.head.position
        return (try await session.submit(content: content, key: key), start)
    }

    /// Asks, and waits for all of the answer.
    ///
    /// A client that leaves stops nothing by that.
    ///
    /// - Parameters:
    ///   - content: as of `submit`.
    ///   - session: who is asked.
    ///   - context: the request's.
    ///   - limit: how long to wait; `nil` for as long as it takes.
    /// - Returns: what came of it; with `cut` when it has no end.
    /// - Throws: `SessionError`.
    func ask(
        _ content: ByteBuffer,
        of session: Session,
        _ context: APIContext,
        within limit: Duration? = nil
    ) async throws(SessionError) -> TurnReply {
        let (receipt, start) = try await self.submit(content, to: session)
        return await self.reply(to: receipt.messageID, of: session, after: start, context, within: limit)
    }

    /// Waits for all of the answer to a prompt that was handed in.
    func reply(
        to message: String,
        of session: Session,
        after start: UInt64,
        _ context: APIContext,
        within limit: Duration? = nil
    ) async -> TurnReply {
        // The session has the prompt; who waits for its turn holds nothing.
        context.body?.release()
        let turn = TurnWait(
            log: session.log,
            start: start,
            messageID: message,
            drain: self.fanout.drainSignal,
            channel: context.channel
        )
        var (reply, end) = await turn.run(within: limit, TurnReply()) { $0.take($1) }
        reply.message = message
        if case .cut(let cut) = end { reply.cut = cut }
        return reply
    }

    /// The answer as a stream of a surface's own frames.
    ///
    /// - Parameters:
    ///   - projection: what the frames look like.
    ///   - message: the prompt's id.
    ///   - session: who was asked.
    ///   - start: the log's position before the prompt.
    ///   - whenOver: what follows the end; by default nothing.
    /// - Returns: the stream, whose `response` is the answer.
    func stream<Projection>(
        _ projection: Projection,
        of message: String,
        in session: Session,
        after start: UInt64,
        whenOver: @escaping @Sendable (_ hasEnded: Bool) async -> Void = { _ in }
    ) -> TurnStream<Projection> {
        TurnStream(
            log: session.log,
            start: start,
            messageID: message,
            drain: self.fanout.drainSignal,
            patience: self.fanout.patience,
            projection: projection,
            whenOver: whenOver
        )
    }
}

extension Session {
    /// Claude's own id of its present conversation, as far as there is one.
    nonisolated var conversation: String? { self.claudeSessionIDs.withLock { $0.last } }
}
