import Actors
import Agent
import HTTPTypes
import Hummingbird
import NIOCore

/// `/anthropic/v1`: the part of Anthropic's Messages API that an agent can answer, without sessions to be seen.
///
/// Everything lies below `/anthropic/v1/v1` too: clinvoker's example has the `v1` in the base URL, to which the SDK adds
/// its own.
struct AnthropicRoutes {
    let sessions: SurfaceSessions
    let catalog: ModelCatalog

    func add(to endpoints: Endpoints) {
        for (base, mark) in [("v1", ""), ("v1/v1", "Twice")] {
            endpoints.on(
                .anthropic,
                .post,
                "\(base)/messages",
                "anthropicCreateMessage\(mark)",
                needs: .send,
                class: .work,
                use: self.create
            )
            endpoints.on(
                .anthropic,
                .post,
                "\(base)/messages/count_tokens",
                "anthropicCountTokens\(mark)",
                needs: .read,
                class: .work,
                use: self.countTokens
            )
            endpoints.on(
                .anthropic,
                .get,
                "\(base)/models",
                "anthropicListModels\(mark)",
                needs: .read,
                use: self.models
            )
            endpoints.on(
                .anthropic,
                .get,
                "\(base)/models/:model",
                "anthropicGetModel\(mark)",
                needs: .read,
                use: self.model
            )
        }
    }

    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let asked = try await AnthropicRequest(request.json(context))
        guard asked.isStream else { return try await self.answer(asked, context) }
        let stream = try await self.sessions.streamOnce(asked.content, asked.options, context) { message in
            AnthropicStream(
                AnthropicMessage(message: message, model: asked.model),
                showsThinking: asked.showsThinking,
                stops: asked.stopSequences,
                requestID: context.requestID
            )
        }
        return stream.response(context, headers: Self.headers(context))
    }

    private func answer(_ asked: AnthropicRequest, _ context: APIContext) async throws -> Response {
        let reply = try await self.sessions.askOnce(asked.content, asked.options, context)
        if let failure = reply.failure { throw failure }
        let message = AnthropicMessage(message: reply.message ?? context.requestID, model: asked.model)
        let body = message.whole(reply, showsThinking: asked.showsThinking, stops: asked.stopSequences)
        return Response.json(.ok, raw: body, headers: Self.headers(context))
    }

    /// An estimate: see `TokenEstimate`.
    @Sendable private func countTokens(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let object = try await JSONObject(request.json(context)) else {
            throw Problem(.invalidJSON, "The body is not a JSON object.")
        }
        guard let model = object.string("model"), !model.isEmpty else {
            throw Problem(.badRequest, "model: Field required")
        }
        let conversation = AnthropicConversation(object.nonNull("messages"), system: object.nonNull("system"))
        try conversation.check()
        var estimate = conversation.estimate
        for tool in object.array("tools") ?? [] { estimate.add(text: String(buffer: tool)) }
        let body = JSONMembers.object { $0.put("input_tokens", estimate.tokens) }
        return Response.json(.ok, raw: body, headers: Self.headers(context))
    }

    @Sendable private func models(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = request.uri.queryParameters
        let limit = try request.number("limit", in: 1...1000, default: 20)
        let page = await AnthropicModels.page(
            self.catalog.models(for: context.caller),
            after: query["after_id"].map(String.init),
            before: query["before_id"].map(String.init),
            limit: limit
        )
        return Response.json(.ok, raw: page, headers: Self.headers(context))
    }

    @Sendable private func model(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("model")
        guard let model = await self.catalog.models(for: context.caller).first(where: { $0.id == id }) else {
            throw AnthropicModels.unknown(id)
        }
        return Response.json(.ok, raw: AnthropicModels.json(model), headers: Self.headers(context))
    }

    /// What the SDKs read the request's id from.
    private static func headers(_ context: APIContext) -> HTTPFields {
        var headers = HTTPFields()
        if let name = AnthropicErrors.requestID { headers[name] = context.requestID }
        return headers
    }
}
