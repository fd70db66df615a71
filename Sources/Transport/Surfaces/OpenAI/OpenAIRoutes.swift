import Actors
import Hummingbird

/// What OpenAI's SDKs call: models, chat completions, responses (docs/surfaces/openai.md).
struct OpenAIRoutes {
    let sessions: SurfaceSessions
    let catalog: ModelCatalog

    func add(to endpoints: Endpoints) {
        endpoints.on(.openAI, .get, "v1/models", "openaiListModels", needs: .read, use: self.models)
        endpoints.on(.openAI, .get, "v1/models/:model", "openaiGetModel", needs: .read, use: self.model)
        ChatRoutes(sessions: self.sessions).add(to: endpoints)
        ResponseRoutes(sessions: self.sessions).add(to: endpoints)
    }

    @Sendable private func models(_ request: Request, _ context: APIContext) async throws -> Response {
        let models = await self.catalog.models(for: context.caller)
        return Response.json(.ok, raw: OpenAIModels.list(models).json(isIndented: false))
    }

    @Sendable private func model(_ request: Request, _ context: APIContext) async throws -> Response {
        let name = try context.parameters.require("model")
        let models = await self.catalog.models(for: context.caller)
        return try Response.json(.ok, raw: OpenAIModels.object(named: name, of: models).json(isIndented: false))
    }
}
