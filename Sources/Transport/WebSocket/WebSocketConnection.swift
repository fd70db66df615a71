import Actors
import Agent
import NIOCore
import Storage
import Synchronization

/// One client on a WebSocket: carries out its commands in order, and attaches it to sessions.
struct WebSocketConnection: Sendable {
    let handler: NIOLoopBound<WebSocketHandler>
    let messages: AsyncStream<ByteBuffer>
    let target: WebSocketUpgrader.Target
    let observation: Observation
    let authenticator: Authenticator
    let meter: Meter
    /// Commands that may run beside others; one more closes the socket.
    let maximumRunningCommands: Int

    /// Commands a minute that may be refused for what they are or how many; one more closes the socket.
    private static let maximumRefusals = 120

    /// Counts the commands that run beside others.
    private final class RunningCommands: Sendable {
        private let count = Atomic(0)
        private let limit: Int

        init(limit: Int) {
            self.limit = limit
        }

        func begin() -> Bool {
            if self.count.add(1, ordering: .relaxed).newValue <= self.limit { return true }
            self.end()
            return false
        }

        func end() {
            self.count.subtract(1, ordering: .relaxed)
        }
    }

    /// The life of the connection; returns when the client has gone and nothing of it is left.
    ///
    /// What takes its time (an interrupt, an end) runs beside the commands that follow it.
    func run(_ supervisor: Supervisor, fanout: Fanout) async {
        let running = RunningCommands(limit: self.maximumRunningCommands)
        await withDiscardingTaskGroup { group in
            var caller = self.target.caller
            var refusals = RateBucket(now: .now)
            if let caller {
                await self.welcome(caller, supervisor, fanout, group: &group)
            } else {
                self.onLoop { $0.awaitAuthentication() }
            }
            for await message in self.messages {
                let size = message.readableBytes
                self.onLoop { $0.tookMessage(bytes: size) }
                var isOver = true
                defer { if isOver { self.onLoop { $0.finishedMessage(bytes: size) } } }
                let command: WebSocketCommand
                do throws(WebSocketCommand.Failure) {
                    command = try WebSocketCommand(message)
                } catch {
                    self.answer(WebSocketCommand.failure(ref: error.ref, error.problem))
                    if !refusals.take(of: Self.maximumRefusals, now: .now).isAdmitted {
                        self.onLoop { $0.close(.rate) }
                    }
                    continue
                }
                if command.operation == .auth {
                    guard let known = self.authenticate(command) else { continue }
                    let isFirst = caller == nil
                    caller = known
                    if isFirst { await self.welcome(known, supervisor, fanout, group: &group) }
                    continue
                }
                if let problem = self.excess(command, caller) {
                    self.answer(WebSocketCommand.failure(ref: command.ref, problem))
                    // Who does not heed it is not listened to for long.
                    if !refusals.take(of: Self.maximumRefusals, now: .now).isAdmitted {
                        self.onLoop { $0.close(.rate) }
                    }
                    continue
                }
                guard let caller else {
                    let problem = Authenticator.refusal(Authenticator.Credentials())
                    self.answer(WebSocketCommand.failure(ref: command.ref, problem))
                    continue
                }
                do throws(Problem) {
                    if let scope = command.operation.scope {
                        try Gate.check(caller, needs: scope, isForViewers: command.operation.isForViewers)
                    }
                } catch {
                    if let action = command.operation.action {
                        self.observation.recorder.refused(action, caller, .websocket, nil, error)
                    }
                    self.answer(WebSocketCommand.failure(ref: command.ref, error))
                    continue
                }
                switch command.operation {
                case .interrupt, .end, .set:
                    guard running.begin() else {
                        self.onLoop { $0.close(.rate) }
                        continue
                    }
                    isOver = false
                    group.addTask {
                        await self.carryOut(command, supervisor, caller)
                        running.end()
                        self.onLoop { $0.finishedMessage(bytes: size) }
                    }
                case .attach:
                    await self.attach(command, supervisor, fanout, caller, group: &group)
                default:
                    await self.carryOut(command, supervisor, caller)
                }
            }
            self.onLoop { $0.endStreams(nil) }
        }
    }

    /// Why a command is one too many for its caller's rate.
    private func excess(_ command: WebSocketCommand, _ caller: Caller?) -> Problem? {
        let routeClass = command.operation.routeClass
        return self.meter.admit(caller ?? .nobody, from: self.target.address, routeClass)?.problem(routeClass)
    }

    // MARK: Who it is

    /// The client is known: its streams last as long as its key, and the session that the socket's path names is attached.
    private func welcome(
        _ caller: Caller,
        _ supervisor: Supervisor,
        _ fanout: Fanout,
        group: inout DiscardingTaskGroup
    ) async {
        let keys = self.authenticator.keys
        // The handshake is a request too, and the socket a stream.
        let place: Places.Place?
        do throws(Problem) {
            if let problem = self.meter.admit(caller, from: self.target.address, .stream)?.problem(.stream) {
                throw problem
            }
            place = try self.meter.place(for: caller)
        } catch {
            return self.onLoop { $0.close(.rate, detail: error.code) }
        }
        self.onLoop { handler in
            handler.authenticated(for: caller.timeLeft()) { keys.isInForce(caller) }
            handler.place = place
        }
        if let session = self.target.session {
            await self.attach(to: session, supervisor, fanout, caller, group: &group)
        }
    }

    /// `{"op":"auth","token":…}`; a key that opens nothing closes the socket.
    private func authenticate(_ command: WebSocketCommand) -> Caller? {
        do {
            var fields = try RequestFields(command.body)
            let credentials = Authenticator.Credentials(
                token: fields.string("token", maximumLength: 512),
                ticket: fields.string("ticket", maximumLength: 512)
            )
            try fields.finish(ignoring: WebSocketCommand.commonFields)
            guard let caller = self.authenticator.caller(credentials) else {
                let problem = self.meter.refusal(credentials, from: self.target.address)
                self.answer(WebSocketCommand.failure(ref: command.ref, problem))
                self.onLoop { $0.close(.badToken) }
                return nil
            }
            try Gate.check(caller, needs: .read, isForViewers: self.target.session != nil)
            self.answer(WebSocketCommand.success(ref: command.ref, nil))
            return caller
        } catch {
            self.answer(WebSocketCommand.failure(ref: command.ref, Problem(error)))
            return nil
        }
    }

    // MARK: Commands

    private func carryOut(_ command: WebSocketCommand, _ supervisor: Supervisor, _ caller: Caller) async {
        do {
            let result = try await self.observation.span("websocket \(command.operation.rawValue)") {
                try await self.recorded(command, supervisor, caller)
            }
            self.observation.metrics.commanded(command.operation, isDone: true)
            self.answer(WebSocketCommand.success(ref: command.ref, result))
        } catch {
            self.observation.metrics.commanded(command.operation, isDone: false)
            self.answer(WebSocketCommand.failure(ref: command.ref, Problem(error)))
        }
    }

    /// With an entry in the audit for what does something.
    private func recorded(
        _ command: WebSocketCommand,
        _ supervisor: Supervisor,
        _ caller: Caller
    ) async throws -> ByteBuffer? {
        guard let action = command.operation.action else {
            return try await self.result(of: command, supervisor, caller)
        }
        return try await self.observation.recorder.record(action, by: caller, origin: .websocket, request: nil) {
            try await self.result(of: command, supervisor, caller)
        }
    }

    private func result(
        of command: WebSocketCommand,
        _ supervisor: Supervisor,
        _ caller: Caller
    ) async throws -> ByteBuffer? {
        var fields = try RequestFields(command.body)
        let common = WebSocketCommand.commonFields
        switch command.operation {
        case .ping, .attach, .auth:
            try fields.finish(ignoring: common)
            return nil
        case .list:
            try fields.finish(ignoring: common)
            let summaries = await supervisor.summaries(for: caller)
            let counts = Dictionary(summaries.map { ($0.state.rawValue, 1) }, uniquingKeysWith: +)
            return EventData.encode(
                SessionList(sessions: summaries, total: summaries.count, counts: counts, nextCursor: nil)
            )
        case .create:
            fields.apply(supervisor.templates)
            let create = try CreateRequest(&fields, ignoring: common, for: caller)
            let session = try await create.carryOut(supervisor, for: caller, key: nil)
            return await EventData.encode(Created(session: session.summary()))
        case .send:
            let message = try MessageRequest(&fields, ignoring: common)
            try await supervisor.checkAcceptsWork()
            let session = try await self.session(of: command, supervisor, caller)
            let receipt = try await session.submit(content: message.content, delivery: message.delivery)
            return EventData.encode(SentMessage(receipt))
        case .answer:
            let id = fields.string("approval") ?? ""
            let answer = try AnswerRequest(&fields, by: caller.key?.name ?? "websocket", ignoring: common)
            let session = try await supervisor.session(ofApproval: id, for: caller)
            var result = ByteBuffer(string: "{\"approval\":")
            try await result.writeImmutableBuffer(session.answer(id, answer.answer).json)
            result.writeString("}")
            return result
        case .set:
            let change = try ChangeRequest(&fields, ignoring: common)
            let session = try await self.session(of: command, supervisor, caller)
            try await session.change(change.change, by: caller)
            return await EventData.encode(Created(session: session.summary()))
        case .fork:
            let fork = try ForkRequest(&fields, ignoring: common)
            let source = try await self.session(of: command, supervisor, caller)
            let copy = try await supervisor.fork(source.address.qualified, fork.change, as: fork.id, for: caller)
            return await EventData.encode(Created(session: copy.summary()))
        case .edit:
            let id = fields.string("message_id") ?? ""
            let edit = try EditRequest(&fields, ignoring: common)
            let session = try await self.session(of: command, supervisor, caller)
            return try await session.editMessage(id, content: edit.content, position: edit.position)
        case .cancel:
            let id = fields.string("message_id") ?? ""
            try fields.finish(ignoring: common)
            try await self.session(of: command, supervisor, caller).cancelMessage(id)
            return nil
        case .interrupt:
            try fields.finish(ignoring: common)
            return try await EventData.encode(self.session(of: command, supervisor, caller).interrupt())
        case .end:
            try fields.finish(ignoring: common)
            try await self.session(of: command, supervisor, caller).end(.deleted)
            return nil
        case .detach:
            try fields.finish(ignoring: common)
            let session = try await self.session(of: command, supervisor, caller).address
            self.onLoop { $0.subscribers.removeValue(forKey: session)?.end(nil) }
            return nil
        }
    }

    private struct Created: Encodable {
        let session: SessionSummary
    }

    private func session(
        of command: WebSocketCommand,
        _ supervisor: Supervisor,
        _ caller: Caller
    ) async throws -> Session {
        guard let id = command.session ?? self.target.session else {
            throw Problem(.badRequest, "The command names no session.")
        }
        return try await supervisor.session(id, for: caller)
    }

    // MARK: Streams

    private func attach(
        _ command: WebSocketCommand,
        _ supervisor: Supervisor,
        _ fanout: Fanout,
        _ caller: Caller,
        group: inout DiscardingTaskGroup
    ) async {
        do {
            var fields = try RequestFields(command.body)
            let request = try StreamRequest(
                cursor: fields.string("after"),
                types: fields.strings("types"),
                previews: fields.string("previews")
            )
            try fields.finish(ignoring: WebSocketCommand.commonFields)
            let session = try await self.session(of: command, supervisor, caller)
            try await self.attach(to: session, request, fanout, group: &group, caller) {
                WebSocketCommand.success(ref: command.ref, EventData.encode(Attached(session: session.id)))
            }
            self.observation.metrics.commanded(.attach, isDone: true)
        } catch {
            self.observation.metrics.commanded(.attach, isDone: false)
            self.answer(WebSocketCommand.failure(ref: command.ref, Problem(error)))
        }
    }

    /// The session that the socket's own path names.
    private func attach(
        to id: String,
        _ supervisor: Supervisor,
        _ fanout: Fanout,
        _ caller: Caller,
        group: inout DiscardingTaskGroup
    ) async {
        do {
            let query = self.target.query
            let request = try StreamRequest(
                cursor: query["after"],
                types: query["types"]?.split(separator: ",").map(String.init) ?? [],
                previews: query["previews"]
            )
            let session = try await supervisor.session(id, for: caller)
            try await self.attach(to: session, request, fanout, group: &group, caller, answer: nil)
        } catch {
            let problem = Problem(error)
            self.onLoop { $0.close(Self.end(for: problem), detail: problem.code) }
        }
    }

    /// How a socket ends that cannot be what its path says.
    private static func end(for problem: Problem) -> StreamEnd {
        switch problem.code {
        case SessionError.Code.sessionNotFound.rawValue: .sessionGone
        case SessionError.Code.tooManyViewers.rawValue: .tooManyViewers
        default: .badRequest
        }
    }

    private struct Attached: Encodable {
        let session: String
    }

    private func attach(
        to session: Session,
        _ request: StreamRequest,
        _ fanout: Fanout,
        group: inout DiscardingTaskGroup,
        _ caller: Caller,
        answer: (@Sendable () -> ByteBuffer)?
    ) async throws {
        let place = try self.meter.place(for: caller)
        let attachment = try await session.attach(after: request.resume)
        let log = session.log
        let address = session.address
        let form = WireForm(framing: .webSocket, filter: request.filter)
        let loop = self.handler.eventLoop
        let ended = loop.makePromise(of: Void.self)
        // The viewer is counted as long as its stream lasts.
        group.addTask {
            try? await ended.futureResult.get()
            await session.detach()
            withExtendedLifetime(place) {}
        }
        let isOnlySession = self.target.session != nil
        self.onLoop { handler in
            // A second attachment takes the place of the first.
            handler.subscribers.removeValue(forKey: address)?.end(nil)
            if let answer { handler.answer(answer()) }
            guard let part = fanout.loop(loop) else { return ended.succeed(()) }
            let subscriber = part.open(
                attachment,
                cursor: request.cursor,
                log: log,
                form: form,
                outlet: handler.outlet
            ) { reason in
                let cursor = handler.subscribers.removeValue(forKey: address)?.cursor
                ended.succeed(())
                Self.close(handler, for: reason, cursor: cursor, isOnlySession: isOnlySession)
            }
            if let subscriber { handler.subscribers[address] = subscriber }
        }
    }

    /// What the end of one stream means for the socket.
    private static func close(
        _ handler: WebSocketHandler,
        for reason: StreamEnd?,
        cursor: EventID?,
        isOnlySession: Bool
    ) {
        switch reason {
        case .tooSlow: handler.close(.tooSlow, detail: cursor.map { "too slow, cursor \($0)" })
        case .drain: handler.close(.drain)
        case .sessionGone where isOnlySession: handler.close(.sessionGone)
        default: break
        }
    }

    private func answer(_ text: ByteBuffer) {
        self.onLoop { $0.answer(text) }
    }

    private func onLoop(_ body: @escaping @Sendable (WebSocketHandler) -> Void) {
        let handler = self.handler
        handler.eventLoop.execute { body(handler.value) }
    }
}
