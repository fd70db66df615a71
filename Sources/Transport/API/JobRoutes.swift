import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// `/v1/sessions/{id}/jobs` and `/v1/jobs`: prompts that somebody comes back for.
struct JobRoutes {
    let sessions: SessionRoutes

    private var supervisor: Supervisor { self.sessions.supervisor }

    func add(to endpoints: Endpoints) {
        endpoints.on(.post, "sessions/:id/jobs", "createJob", needs: .send, class: .work, use: self.create)
        endpoints.on(.get, "sessions/:id/jobs", "listSessionJobs", needs: .read, use: self.listOfSession)
        endpoints.on(.get, "sessions/:id/jobs/:job", "getSessionJob", needs: .read, use: self.get)
        endpoints.on(
            .post,
            "sessions/:id/jobs/:job/cancel",
            "cancelSessionJob",
            needs: .send,
            class: .work,
            use: self.cancel
        )
        endpoints.on(.get, "jobs", "listJobs", needs: .read, use: self.list)
        endpoints.on(.get, "jobs/:job", "getJob", needs: .read, use: self.get)
        endpoints.on(.post, "jobs/:job/cancel", "cancelJob", needs: .send, class: .work, use: self.cancel)
        endpoints.on(.get, "jobs/:job/deliveries", "listJobDeliveries", needs: .read, use: self.deliveries)
        endpoints.on(
            .post,
            "jobs/:job/deliveries/:delivery/replay",
            "replayJobDelivery",
            needs: .send,
            class: .work,
            use: self.replay
        )
    }

    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        let body = try await request.json(context)
        var fields = try RequestFields(body)
        let asked = try JobRequest(&fields)
        let key = try request.idempotencyKey(for: body)
        if let url = asked.hook?.url {
            try await HookFields.check(url, field: "webhook_url", by: self.supervisor.webhooks.caller)
        }
        try await self.supervisor.checkAcceptsWork()
        let hook = asked.hook.flatMap { hook in
            hook.url.map { JobHook(url: $0.description, secret: hook.secret, owner: context.caller.owner) }
        }
        let (job, receipt) = try await session.submitJob(content: asked.content, hook: hook, key: key)
        let isSecretNew = asked.hook?.isMade == true && !receipt.isRepeated
        return Response.json(
            .accepted,
            raw: Self.accepted(job, receipt, secret: isSecretNew ? hook?.secret : nil, context),
            headers: [.location: context.client.path("/v1/sessions/\(session.id)/jobs/\(job.id)")]
        )
    }

    @Sendable private func listOfSession(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        return try Self.list(self.supervisor.jobs.jobs(of: session.storageID), request)
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let caller = context.caller
        return try Self.list(self.supervisor.jobs.all.filter { caller.maySee($0.address) }, request)
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        try await Response.json(.ok, raw: self.job(context).json)
    }

    @Sendable private func cancel(_ request: Request, _ context: APIContext) async throws -> Response {
        let job = try await self.job(context)
        var fields = try await RequestFields(request.json(context))
        try fields.finish()
        let session = try await self.supervisor.session(at: job.address, for: context.caller)
        return try await Response.json(.ok, raw: session.cancelJob(job.id).json)
    }

    @Sendable private func deliveries(_ request: Request, _ context: APIContext) async throws -> Response {
        let job = try await self.job(context)
        return try DeliveryList.response(self.supervisor.webhooks.deliveries(of: job.id), request)
    }

    @Sendable private func replay(_ request: Request, _ context: APIContext) async throws -> Response {
        let job = try await self.job(context)
        var fields = try await RequestFields(request.json(context))
        try fields.finish()
        let delivery = try context.parameters.require("delivery")
        return try await Response.json(
            .accepted,
            DeliveryView(self.supervisor.webhooks.replay(delivery, of: job.id), isWhole: false)
        )
    }

    // MARK: Steps

    /// The job that a path names: of the session in the path, if there is one, and of one the caller may see.
    private func job(_ context: APIContext) async throws -> Job {
        let missing = SessionError(.jobNotFound, "There is no job of that id.")
        guard let job = try self.supervisor.jobs.job(context.parameters.require("job")),
            context.caller.maySee(job.address)
        else { throw missing }
        if context.parameters.get("id") != nil {
            guard try await self.sessions.session(context).address == job.address else { throw missing }
        }
        return job
    }

    private static func list(_ jobs: [Job], _ request: Request) throws -> Response {
        let query = request.uri.queryParameters
        let limit = try request.number("limit", in: 1...SessionRoutes.listLimit, default: 100)
        var jobs = jobs
        if let text = query["state"] {
            guard let state = Job.State(rawValue: String(text)) else {
                throw Problem(
                    .badRequest,
                    "state is one of \(Job.State.allCases.map(\.rawValue).joined(separator: ", "))."
                )
            }
            jobs.removeAll { $0.state != state }
        }
        return Response.json(.ok, array: "jobs", jobs.prefix(limit).map(\.excerpt))
    }

    private static func accepted(
        _ job: Job,
        _ receipt: PromptReceipt,
        secret: String?,
        _ context: APIContext
    ) -> ByteBuffer {
        struct More: Encodable {
            let position: Int
            let cursor: String
            let eventsUrl: String
            let webhookSecret: String?
        }
        let more = More(
            position: receipt.position,
            cursor: receipt.cursor,
            eventsUrl: context.client.path("/v1/sessions/\(job.session)/events"),
            webhookSecret: secret
        )
        var buffer = job.json
        buffer.moveWriterIndex(to: buffer.writerIndex - 1)
        var rest = EventData.encode(more)
        rest.moveReaderIndex(forwardBy: 1)
        buffer.writeString(",")
        buffer.writeBuffer(&rest)
        return buffer
    }
}
