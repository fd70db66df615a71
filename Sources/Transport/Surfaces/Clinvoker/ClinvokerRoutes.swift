import Actors
import Agent
import HTTPTypes
import Hummingbird
import NIOCore

/// clinvoker's native REST API (001).
struct ClinvokerRoutes {
    private static let parallelWidth = 3

    let sessions: SurfaceSessions
    let runner: ClinvokerRunner
    let version: ServerVersion
    let started = ContinuousClock.now

    init(sessions: SurfaceSessions, version: ServerVersion) {
        self.sessions = sessions
        self.version = version
        let workdir = ClinvokerWorkdir(own: sessions.supervisor.defaultDirectory)
        self.runner = ClinvokerRunner(sessions: sessions, workdir: workdir)
    }

    func add(to endpoints: Endpoints) {
        let surface = Surface.clinvoker
        endpoints.on(surface, .post, "api/v1/prompt", "clinvkPrompt", needs: .send, class: .work, use: self.prompt)
        endpoints.on(
            surface,
            .post,
            "api/v1/parallel",
            "clinvkParallel",
            needs: .send,
            class: .work,
            use: self.parallel
        )
        endpoints.on(surface, .post, "api/v1/chain", "clinvkChain", needs: .send, class: .work, use: self.chain)
        endpoints.on(surface, .post, "api/v1/compare", "clinvkCompare", needs: .send, class: .work, use: self.compare)
        endpoints.on(surface, .get, "api/v1/backends", "clinvkBackends", needs: .read, use: self.backends)
        endpoints.on(surface, .get, "api/v1/sessions", "clinvkListSessions", needs: .read, use: self.list)
        endpoints.on(surface, .get, "api/v1/sessions/:id", "clinvkGetSession", needs: .read, use: self.get)
        endpoints.on(
            surface,
            .delete,
            "api/v1/sessions/:id",
            "clinvkDeleteSession",
            needs: .send,
            class: .work,
            use: self.delete
        )
        endpoints.on(surface, .get, "health", "clinvkHealth", needs: nil, class: .open, use: self.health)
        endpoints.on(surface, .get, "schemas/:name", "clinvkSchema", needs: .read, use: self.schema)
    }

    // MARK: Prompts

    @Sendable private func prompt(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await Self.fields(request, context)
        let task = ClinvokerTask(&fields)
        try fields.finish()
        try task.checkFilled()
        let start = ContinuousClock.now
        let isStream = task.format == .stream
        let plan: ClinvokerTask.Plan
        let session: Session
        do {
            plan = try self.runner.plan(task, for: context.caller)
            if task.isDryRun {
                guard isStream else { return Response.json(.ok, raw: ClinvokerRunner.dryRun(task, plan).json) }
                var stream = ClinvokerStream(backend: task.backend, sessionID: nil)
                return Self.lines(stream.dryRun(ClinvokerRunner.dryRun(plan)))
            }
            session = try await self.runner.session(for: task, plan, context.caller)
        } catch {
            guard Self.isAnswer(error) else { throw error }
            let message = ClinvokerRunner.message(error, task)
            var stream = ClinvokerStream(backend: task.backend, sessionID: nil)
            return isStream
                ? Self.lines(stream.failure(message))
                : Response.json(.ok, raw: ClinvokerResult(backend: task.backend, error: message).json)
        }
        do {
            return isStream
                ? try await self.stream(task, plan, session, context)
                : try await self.answer(task, plan, session, since: start, context)
        } catch {
            await session.beginEnd(.deleted)
            throw error
        }
    }

    private func answer(
        _ task: ClinvokerTask,
        _ plan: ClinvokerTask.Plan,
        _ session: Session,
        since start: ContinuousClock.Instant,
        _ context: APIContext
    ) async throws -> Response {
        let (receipt, position) = try await self.sessions.submit(task.prompt, to: session)
        let reply = await self.sessions.reply(to: receipt.messageID, of: session, after: position, context)
        if plan.isEphemeral { await session.beginEnd(.deleted) }
        var result = ClinvokerResult(backend: task.backend, reply)
        if case .drain = reply.cut { result.error = "The server is shutting down." }
        result.sessionID = plan.isEphemeral ? nil : session.id
        result.duration = ContinuousClock.now - start
        return Response.json(.ok, raw: result.json)
    }

    private func stream(
        _ task: ClinvokerTask,
        _ plan: ClinvokerTask.Plan,
        _ session: Session,
        _ context: APIContext
    ) async throws -> Response {
        let (receipt, position) = try await self.sessions.submit(task.prompt, to: session)
        let projection = ClinvokerStream(
            backend: task.backend,
            sessionID: plan.isEphemeral ? nil : session.id
        )
        let isEphemeral = plan.isEphemeral
        let stream = self.sessions.stream(projection, of: receipt.messageID, in: session, after: position) { _ in
            if isEphemeral { await session.beginEnd(.deleted) }
        }
        return stream.response(context, headers: Self.lineHeaders)
    }

    /// What clients find in an answer rather than in its status.
    private static func isAnswer(_ error: any Error) -> Bool {
        switch error {
        case is ClinvokerTask.Refusal: true
        case let error as SessionError: error.code == .workspaceRefused
        default: false
        }
    }

    private static let lineHeaders: HTTPFields = [.contentType: "application/x-ndjson", .cacheControl: "no-cache"]

    private static func lines(_ lines: ByteBuffer) -> Response {
        Response(status: .ok, headers: Self.lineHeaders, body: ResponseBody(byteBuffer: lines))
    }

    // MARK: Several prompts

    @Sendable private func parallel(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await Self.fields(request, context)
        fields.require("tasks")
        var tasks = fields.objects("tasks") { ClinvokerTask(&$0) } ?? []
        let width = fields.integer("max_parallel").flatMap { $0 > 0 ? $0 : nil } ?? Self.parallelWidth
        let isFailFast = fields.bool("fail_fast")
        let isDryRun = fields.bool("dry_run")
        try fields.finish()
        guard !tasks.isEmpty else { throw ClinvokerFields.empty("tasks are required") }
        for place in tasks.indices { tasks[place].isDryRun = isDryRun }
        let start = ContinuousClock.now
        let batch = ClinvokerBatch(runner: self.runner, width: width, isFailFast: isFailFast)
        let results = await batch.run(tasks, context)
        var object = JSONObjectWriter(.parallelResponse, context)
        object.add("total_tasks", results.count)
        object.add("completed", results.count { $0.isSuccess })
        object.add("failed", results.count { !$0.isSuccess && $0.exitCode != ClinvokerResult.canceledCode })
        object.add("total_duration_ms", Self.milliseconds(since: start))
        object.add("results", array: results.map(\.json))
        return Self.answer(.parallelResponse, object, context)
    }

    @Sendable private func chain(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await Self.fields(request, context)
        let chain = try ClinvokerChain(&fields)
        let start = ContinuousClock.now
        let results = await chain.run(self.runner, context)
        var object = JSONObjectWriter(.chainResponse, context)
        object.add("total_steps", chain.steps.count)
        object.add("completed_steps", results.count { $0.isSuccess })
        object.add("failed_step", results.lastIndex { !$0.isSuccess }.map { $0 + 1 })
        object.add("total_duration_ms", Self.milliseconds(since: start))
        let items = zip(chain.steps, results).enumerated().map { place, pair in
            var item = JSONObjectWriter()
            item.add("step", place + 1)
            item.add("name", pair.0.name.flatMap { $0.isEmpty ? nil : $0 })
            item.add("backend", pair.1.backend)
            item.add("exit_code", pair.1.exitCode)
            item.add("error", pair.1.error)
            item.add("duration_ms", pair.1.durationMS)
            item.add("output", pair.1.output.flatMap { $0.isEmpty ? nil : $0 })
            return item.json
        }
        object.add("results", array: items)
        return Self.answer(.chainResponse, object, context)
    }

    @Sendable private func compare(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await Self.fields(request, context)
        fields.require("backends", "prompt")
        let backends = fields.strings("backends") ?? []
        var task = ClinvokerTask(backend: "", prompt: fields.prompt("prompt") ?? ByteBuffer())
        task.model = fields.string("model", maximum: 256).flatMap { $0.isEmpty ? nil : $0 }
        task.workdir = fields.string("workdir", maximum: 4096).flatMap { $0.isEmpty ? nil : $0 }
        let isSequential = fields.bool("sequential")
        task.isDryRun = fields.bool("dry_run")
        try fields.finish()
        guard !backends.isEmpty else { throw ClinvokerFields.empty("backends are required") }
        guard !task.text.isEmpty else { throw ClinvokerFields.empty("prompt is required") }
        let start = ContinuousClock.now
        let tasks = backends.map { backend in
            var one = task
            one.backend = backend
            return one
        }
        let width = isSequential ? 1 : backends.count
        let results = await ClinvokerBatch(runner: self.runner, width: width, isFailFast: false).run(tasks, context)
        var object = JSONObjectWriter(.compareResponse, context)
        object.add("prompt", task.text)
        object.add("backends", texts: backends)
        let items = results.map { result in
            var item = JSONObjectWriter()
            item.add("backend", result.backend)
            item.add("model", task.model)
            item.add("exit_code", result.exitCode)
            item.add("error", result.error)
            item.add("duration_ms", result.durationMS)
            item.add("output", result.output.flatMap { $0.isEmpty ? nil : $0 })
            return item.json
        }
        object.add("results", array: items)
        object.add("total_duration_ms", Self.milliseconds(since: start))
        return Self.answer(.compareResponse, object, context)
    }

    // MARK: Steps

    private static func fields(_ request: Request, _ context: APIContext) async throws -> ClinvokerFields {
        let body: ByteBuffer
        do {
            body = try await request.json(context)
        } catch let problem as Problem where problem.status == .unsupportedMediaType {
            throw Problem(.unsupportedMediaType, "unknown content type: \(request.headers[.contentType] ?? "")")
        }
        return try ClinvokerFields(body)
    }

    /// An answer that names its schema.
    static func answer(_ schema: ClinvokerSchema.Name, _ object: JSONObjectWriter, _ context: APIContext) -> Response {
        Response.json(.ok, raw: object.json, headers: ClinvokerErrors.link(schema, context))
    }

    private static func milliseconds(since start: ContinuousClock.Instant) -> Int {
        Int((ContinuousClock.now - start) / .milliseconds(1))
    }
}
