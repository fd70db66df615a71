import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// `/api/v1/sessions/{name}/jobs` of claude-code-api.
struct CodeAPIJobs {
    let house: CodeAPIHouse

    func add(to endpoints: Endpoints) {
        self.house.limited(endpoints, "sessions/:name/jobs", "ccaCreateJob", use: self.create)
        self.house.on(endpoints, .get, "sessions/:name/jobs", "ccaListJobs", needs: .read, use: self.list)
        self.house.on(endpoints, .get, "sessions/:name/jobs/:job", "ccaGetJob", needs: .read, use: self.get)
        self.house.on(
            endpoints,
            .post,
            "sessions/:name/jobs/:job/cancel",
            "ccaCancelJob",
            needs: .send,
            class: .work,
            use: self.cancel
        )
    }

    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let prompt = try await CodeAPIPrompt(request.json(context), isJob: true)
        let session = try await self.house.session(context)
        if let url = prompt.webhook {
            try await HookFields.check(url, field: "webhook_url", by: self.house.supervisor.webhooks.caller)
        }
        try await self.house.prepare(session, prompt.variation, context)
        try await self.house.supervisor.checkAcceptsWork()
        // Nobody here knows of a secret, so the call is not signed.
        let hook = prompt.webhook.map {
            JobHook(url: $0.description, secret: "", owner: context.caller.owner, wording: CodeAPIJob.wording)
        }
        let (job, _) = try await session.submitJob(content: prompt.content, hook: hook)
        return CodeAPIEnvelope.response(.accepted, CodeAPIJob(job).json, context)
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.house.session(context)
        let jobs = self.house.supervisor.jobs.jobs(of: session.storageID)
        return CodeAPIEnvelope.response(.ok, JSONMembers.array(jobs.map { CodeAPIJob($0).json }), context)
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        try CodeAPIEnvelope.response(.ok, CodeAPIJob(self.job(context)).json, context)
    }

    @Sendable private func cancel(_ request: Request, _ context: APIContext) async throws -> Response {
        let job = try self.job(context)
        guard !job.state.isFinal else {
            throw Problem(.conflict, "job_done", "Job already \(CodeAPIJob.status(job.state))")
        }
        let session = try await self.house.supervisor.session(at: job.address, for: context.caller)
        _ = try await session.cancelJob(job.id)
        var object = JSONMembers()
        object.put("id", job.id)
        object.put("status", "cancelling")
        return CodeAPIEnvelope.response(.ok, object.bytes, context)
    }

    /// The job that a path names; as in the original by its id alone, whatever session stands before it.
    private func job(_ context: APIContext) throws -> Job {
        guard let job = try self.house.supervisor.jobs.job(context.parameters.require("job")),
            context.caller.maySee(job.address)
        else { throw SessionError(.jobNotFound, "Job not found") }
        return job
    }
}
