import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// `/v1/webhooks`: who is told of events outside, and what became of telling them.
///
/// A key sees its own only.
struct WebhookRoutes {
    let supervisor: Supervisor

    func add(to endpoints: Endpoints) {
        endpoints.on(.post, "webhooks", "createWebhook", needs: .send, class: .work, use: self.create)
        endpoints.on(.get, "webhooks", "listWebhooks", needs: .read, use: self.list)
        endpoints.on(.get, "webhooks/:webhook", "getWebhook", needs: .read, use: self.get)
        endpoints.on(.delete, "webhooks/:webhook", "deleteWebhook", needs: .send, class: .work, use: self.delete)
        endpoints.on(.get, "webhooks/:webhook/deliveries", "listDeliveries", needs: .read, use: self.deliveries)
        endpoints.on(.get, "webhooks/:webhook/deliveries/:delivery", "getDelivery", needs: .read, use: self.delivery)
        endpoints.on(
            .post,
            "webhooks/:webhook/deliveries/:delivery/replay",
            "replayDelivery",
            needs: .send,
            class: .work,
            use: self.replay
        )
    }

    private struct View: Encodable {
        let id: String
        let url: String
        let events: [String]
        let session: String?
        let createdAt: String
        /// Events that were lost since the server started, as too many waited.
        let dropped: Int
        /// Told once, when it is made.
        var secret: String?
    }

    private struct List: Encodable {
        let webhooks: [View]
    }

    private var desk: WebhookDesk { self.supervisor.webhooks }

    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(context)
        var fields = try RequestFields(body)
        let asked = try WebhookRequest(&fields)
        let key = try request.idempotencyKey(for: body)
        // One of a session that the caller cannot see is refused as one of none.
        let session = try await self.session(asked.session, context.caller)
        try await HookFields.check(asked.url, field: "url", by: self.desk.caller)
        let made = Webhook(
            owner: context.caller.owner,
            url: asked.url.description,
            events: asked.events,
            session: session?.id,
            storageID: session?.storageID,
            secret: asked.hook.secret,
            creation: key
        )
        let webhook = try await self.desk.add(made)
        AuditNotes.current?.note(target: webhook.id)
        AuditNotes.current?.note("events", .texts(webhook.events))
        var view = self.view(webhook)
        view.secret = webhook.secret
        return Response.json(.created, view, headers: [.location: context.client.path("/v1/webhooks/\(webhook.id)")])
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        Response.json(.ok, List(webhooks: self.desk.webhooks(of: context.caller.owner).map(self.view)))
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        try Response.json(.ok, self.view(self.webhook(context)))
    }

    @Sendable private func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("webhook")
        try await self.desk.remove(id, of: context.caller.owner)
        AuditNotes.current?.note(target: id)
        return Response(status: .noContent)
    }

    @Sendable private func deliveries(_ request: Request, _ context: APIContext) async throws -> Response {
        try DeliveryList.response(self.desk.deliveries(of: self.webhook(context).id), request)
    }

    @Sendable private func delivery(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("delivery")
        guard let delivery = try self.desk.deliveries(of: self.webhook(context).id).first(where: { $0.id == id }) else {
            throw SessionError(.deliveryNotFound, "There is no delivery of that id.")
        }
        return Response.json(.ok, DeliveryView(delivery, isWhole: true))
    }

    @Sendable private func replay(_ request: Request, _ context: APIContext) async throws -> Response {
        let webhook = try self.webhook(context)
        var fields = try await RequestFields(request.json(context))
        try fields.finish()
        let delivery = try context.parameters.require("delivery")
        return try await Response.json(
            .accepted,
            DeliveryView(self.desk.replay(delivery, of: webhook.id), isWhole: false)
        )
    }

    // MARK: Steps

    private func webhook(_ context: APIContext) throws -> Webhook {
        try self.desk.webhook(context.parameters.require("webhook"), of: context.caller.owner)
    }

    private func session(_ id: String?, _ caller: Caller) async throws -> Session? {
        guard let id else { return nil }
        return try await self.supervisor.session(id, for: caller)
    }

    private func view(_ webhook: Webhook) -> View {
        View(
            id: webhook.id,
            url: webhook.url,
            events: webhook.events,
            session: webhook.session,
            createdAt: webhook.createdAt,
            dropped: self.desk.dropped(of: webhook.id)
        )
    }
}
