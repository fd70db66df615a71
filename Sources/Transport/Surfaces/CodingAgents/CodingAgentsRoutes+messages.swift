import Actors
import Agent
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Messages: ask, stream, read what was said.
extension CodingAgentsRoutes {
    private static let longestPage = 1000
    private static let standardPage = 100
    private static let keepAlive: TimeAmount = .seconds(30)

    @Sendable func send(_ request: Request, _ context: APIContext) async throws -> Response {
        // The session first: a body that is wrong for one that is not there is not the mistake.
        let session = try await self.session(context)
        let body = try await request.json(context)
        let prompt = try CodingAgentsPrompt(body)
        guard !prompt.isStream else { return Self.directions(prompt, context) }
        let (receipt, start) = try await self.sessions.submit(prompt.content, to: session)
        let limit = prompt.timeout.map { CodingAgentsTimeLimit($0) }
        async let _ = limit?.stopWhenLate(receipt.messageID, of: session)
        let reply = await self.sessions.reply(to: receipt.messageID, of: session, after: start, context)
        if reply.cut == .drain { try await self.sessions.supervisor.checkAcceptsWork() }
        let answer = CodingAgentsAnswer(
            reply,
            timeout: limit.flatMap { $0.hasPassed ? $0.milliseconds : nil },
            conversation: session.conversation
        )
        var usage = JSONMembers()
        let (asked, said) = (reply.usage.inputTokens, reply.usage.outputTokens)
        usage.put("promptTokens", asked)
        usage.put("completionTokens", said)
        usage.put("totalTokens", asked + said)
        var item = JSONMembers()
        item.put("messageId", receipt.uuid)
        item.put("response", raw: answer.response)
        item.put("sessionId", answer.conversation)
        item.put("usage", usage)
        return Response.json(.ok, raw: item.bytes)
    }

    @Sendable func stream(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.session(context)
        let body = try await request.json(context)
        return try await self.stream(CodingAgentsPrompt(body), of: session, context)
    }

    /// The same by GET, as the original's first documents have it.
    @Sendable func streamQuery(_ request: Request, _ context: APIContext) async throws -> Response {
        // A page of others must not make an agent work by leading its reader here.
        guard !Self.isLed(request) else {
            throw Problem(.forbiddenOrigin, "A page may not lead here.")
        }
        let session = try await self.session(context)
        let prompt = try CodingAgentsPrompt(request)
        guard request.method != .head else { return EventRoutes.response { try await $0.finish(nil) } }
        return try await self.stream(prompt, of: session, context)
    }

    @Sendable func history(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.session(context)
        let query = request.uri.queryParameters
        let limit = query["limit"].flatMap { Int($0) } ?? Self.standardPage
        let offset = query["offset"].flatMap { Int($0) } ?? 0
        let page = try await CodingAgentsHistory(
            session,
            offset: min(max(0, offset), Int(Int32.max)),
            limit: min(max(1, limit), Self.longestPage)
        )
        return Response.json(.ok, raw: page.body(sessionID: session.id))
    }

    private func stream(
        _ prompt: CodingAgentsPrompt,
        of session: Session,
        _ context: APIContext
    ) async throws -> Response {
        let (receipt, start) = try await self.sessions.submit(prompt.content, to: session)
        let limit = prompt.timeout.map { CodingAgentsTimeLimit($0) }
        let turn = CodingAgentsTurn(session: session.id, conversation: session.conversation, limit: limit)
        var stream = self.sessions.stream(turn, of: receipt.messageID, in: session, after: start)
        stream.heartbeat = Self.keepAlive
        let response = stream.response(context, headers: [.cacheControl: "no-cache"])
        return limit?.hold(receipt.messageID, of: session, response) ?? response
    }

    /// Where the stream is, for a client that has asked for one here.
    private static func directions(_ prompt: CodingAgentsPrompt, _ context: APIContext) -> Response {
        var headers = JSONMembers()
        headers.put("Content-Type", "application/json")
        headers.put("Accept", "text/event-stream")
        var body = JSONMembers()
        body.put("prompt", raw: prompt.content)
        body.put("timeout", prompt.timeout)
        let path = context.clientPath.prefix { $0 != "?" }
        let directory = path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)
        var item = JSONMembers()
        item.put("message", "Use SSE endpoint for streaming responses")
        item.put("streamUrl", "\(directory)/stream")
        item.put("method", "POST")
        item.put("headers", headers)
        item.put("body", body)
        return Response.json(.ok, raw: item.bytes)
    }

    /// Whether a browser comes here from another site's page (W3C Fetch Metadata).
    private static func isLed(_ request: Request) -> Bool {
        guard let name = HTTPField.Name("Sec-Fetch-Site"), let site = request.headers[name] else { return false }
        return site != "same-origin" && site != "none" && request.headers[.origin] == nil
    }
}
