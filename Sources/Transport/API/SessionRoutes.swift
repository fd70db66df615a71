import Actors
import Agent
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// `/v1/sessions`: create, list, look, send, interrupt, end (API.md, Sessions).
struct SessionRoutes {
    /// What a list holds at most.
    private static let listLimit = 1000
    private static let wait = HTTPField.Name("Prefer")

    let supervisor: Supervisor
    let fanout: Fanout

    func add(to router: RouterGroup<APIContext>) {
        router.post("sessions", use: self.create)
        router.get("sessions", use: self.list)
        router.get("sessions/:id", use: self.get)
        router.delete("sessions/:id", use: self.end)
        router.post("sessions/:id/messages", use: self.send)
        router.get("sessions/:id/messages", use: self.history)
        router.delete("sessions/:id/queue/:message", use: self.cancel)
        router.post("sessions/:id/interrupt", use: self.interrupt)
        router.get("sessions/:id/lines/:reference", use: self.longLine)
    }

    // MARK: Routes

    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await RequestFields(Self.body(request, context))
        let create = try CreateRequest(&fields)
        let session = try await self.supervisor.create(create.options)
        if let message = create.message { _ = try await session.submit(content: message) }
        let created = await CreatedSession(session: session.summary())
        return Self.json(.created, created, headers: [.location: "/v1/sessions/\(session.id)"])
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = request.uri.queryParameters
        let limit = try Self.number(query["limit"], in: 1...Self.listLimit, default: 100)
        var summaries = await self.supervisor.summaries()
        let counts = Dictionary(summaries.map { ($0.state.rawValue, 1) }, uniquingKeysWith: +)
        if let state = query["state"] { summaries.removeAll { $0.state.rawValue != state } }
        if let tag = query["tag"] { summaries.removeAll { !$0.tags.contains(String(tag)) } }
        if let text = query["q"] {
            summaries.removeAll { !$0.id.contains(text) && !($0.name ?? "").localizedCaseInsensitiveContains(text) }
        }
        return Self.json(
            .ok,
            SessionList(sessions: Array(summaries.prefix(limit)), total: summaries.count, counts: counts)
        )
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.session(context)
        return await Self.json(.ok, session.summary())
    }

    @Sendable private func end(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.session(context)
        await session.end(.deleted)
        return Response(status: .noContent)
    }

    @Sendable private func send(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.session(context)
        var fields = try await RequestFields(Self.body(request, context))
        let message = try MessageRequest(&fields)
        try await self.supervisor.checkAcceptsWork()
        let start = session.log.head.position
        let receipt = try await session.submit(content: message.content)
        if request.headers[.accept]?.contains("text/event-stream") == true {
            let stream = TurnStream(
                log: session.log,
                start: start,
                messageID: receipt.messageID,
                drain: self.fanout.drainSignal,
                patience: self.fanout.patience
            )
            return stream.response(context)
        }
        let wait = try message.wait ?? Self.preferredWait(request)
        if let wait, let ended = await self.outcome(of: receipt, in: session.log, after: start, within: wait, context) {
            return Self.json(.ok, raw: ended)
        }
        return Self.json(.accepted, SentMessage(receipt))
    }

    @Sendable private func history(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.session(context)
        let query = request.uri.queryParameters
        let limit = try Self.number(query["limit"], in: 1...Self.listLimit, default: 100)
        let after = try query["after"].map { text -> EventID in
            guard let id = EventID(text), id.epoch == session.log.epoch else {
                throw Problem(.invalidCursor, "The cursor is none that this session gave out.")
            }
            return id
        }
        var events: [Event]
        if let after {
            guard let found = session.log.durable(after: after.sequence, count: limit, where: Session.isMessage) else {
                throw Problem(.invalidCursor, "What follows the cursor is no longer kept.")
            }
            events = found
        } else {
            events = session.log.newest(limit, where: Session.isMessage)
        }
        if query["order"] == "desc" { events.reverse() }
        return Self.json(.ok, raw: Self.page(events))
    }

    @Sendable private func cancel(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.session(context)
        try await session.cancelMessage(context.parameters.require("message"))
        return Response(status: .noContent)
    }

    @Sendable private func interrupt(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.session(context)
        var fields = try await RequestFields(Self.body(request, context))
        try fields.finish()
        return await Self.json(.ok, session.interrupt())
    }

    /// A line of the agent that was too long for its event, whole, as the CLI wrote it.
    @Sendable private func longLine(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.session(context)
        let path = try await session.longLine(context.parameters.require("reference", as: Int.self))
        let body = try await FileIO().loadFile(path: path, context: context)
        return Response(status: .ok, headers: [.contentType: "application/octet-stream"], body: body)
    }

    // MARK: Steps

    func session(_ context: APIContext) async throws -> Session {
        try await self.supervisor.session(context.parameters.require("id"))
    }

    private static func body(_ request: Request, _ context: APIContext) async throws -> ByteBuffer {
        if let type = request.headers[.contentType], !type.lowercased().hasPrefix("application/json") {
            // curl says this of any body it is given without a type; everything else is a mistake worth naming.
            guard type.lowercased().hasPrefix("application/x-www-form-urlencoded") else {
                throw Problem(.unsupportedMediaType, "The body must be application/json.")
            }
        }
        return try await request.body.collect(upTo: context.maxUploadSize)
    }

    /// `Prefer: wait=N` in seconds (RFC 7240 §4.3).
    private static func preferredWait(_ request: Request) throws -> Duration? {
        guard let name = Self.wait, let prefer = request.headers[name],
            let preference = prefer.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) })
                .first(where: { $0.hasPrefix("wait=") })
        else { return nil }
        return .seconds(try Self.number(preference.dropFirst(5), in: 0...3600, default: 0))
    }

    /// Waits for the end of a prompt; `nil` when it takes longer, the server goes, or nobody is there to be told.
    private func outcome(
        of receipt: PromptReceipt,
        in log: EventLog,
        after start: UInt64,
        within wait: Duration,
        _ context: APIContext
    ) async -> ByteBuffer? {
        let drain = self.fanout.drainSignal
        return await withTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask {
                var follower = TurnFollower(messageID: receipt.messageID)
                var events = EventLogFollower(log, after: start).makeAsyncIterator()
                let nudge = events.nudge
                let waiting = drain.add(nudge)
                defer { drain.remove(waiting) }
                context.channel.closeFuture.whenComplete { _ in nudge() }
                while !drain.isRaised, context.channel.isActive, let page = await events.nextOrNudge() {
                    _ = follower.relevant(page)
                    if let end = follower.end { return end.data }
                }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: wait)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private static func number(
        _ text: (some StringProtocol)?,
        in range: ClosedRange<Int>,
        default standard: Int
    ) throws -> Int {
        guard let text else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw Problem(
                .badRequest,
                "\(text.prefix(32)) is not a number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }

    private static func page(_ events: [Event]) -> ByteBuffer {
        var buffer = ByteBuffer(string: "{\"messages\":[")
        for (place, event) in events.enumerated() {
            if place > 0 { buffer.writeString(",") }
            buffer.writeImmutableBuffer(event.envelope)
        }
        buffer.writeString("]}")
        return buffer
    }

    static func json(_ status: HTTPResponse.Status, _ value: some Encodable, headers: HTTPFields = [:]) -> Response {
        Self.json(status, raw: EventData.encode(value), headers: headers)
    }

    private static func json(_ status: HTTPResponse.Status, raw: ByteBuffer, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: raw))
    }
}

/// A new session, and where its events are.
struct CreatedSession: Encodable {
    let session: SessionSummary

    private enum Key: String, CodingKey {
        case eventsUrl, wsUrl
    }

    func encode(to encoder: any Encoder) throws {
        try self.session.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode("/v1/sessions/\(self.session.id)/events", forKey: .eventsUrl)
        try container.encode("/v1/sessions/\(self.session.id)/ws", forKey: .wsUrl)
    }
}

/// `GET /v1/sessions`.
struct SessionList: Encodable {
    let sessions: [SessionSummary]
    let total: Int
    let counts: [String: Int]
}

/// What `send` answers when it does not wait.
struct SentMessage: Encodable {
    let messageId: String
    let state: PromptReceipt.State
    let position: Int
    let cursor: String

    init(_ receipt: PromptReceipt) {
        self.messageId = receipt.messageID
        self.state = receipt.state
        self.position = receipt.position
        self.cursor = receipt.cursor
    }
}
