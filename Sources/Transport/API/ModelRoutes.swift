import Actors
import Agent
import Hummingbird
import NIOCore

/// What helps to choose and to measure before anything is sent: `/v1/models`, `/v1/tokens/count`.
struct ModelRoutes {
    /// The longest text that is counted, in characters.
    private static let maximumText = 1_000_000

    let supervisor: Supervisor

    func add(to endpoints: Endpoints) {
        endpoints.on(.get, "models", "listModels", needs: .read, use: self.models)
        endpoints.on(.post, "tokens/count", "countTokens", needs: .read, class: .work, use: self.count)
    }

    private struct Count: Encodable {
        let characters: Int
        let words: Int
        let estimatedTokens: Int

        init(_ text: String) {
            self.characters = text.unicodeScalars.count
            self.words = text.split(whereSeparator: \.isWhitespace).count
            // Four characters a token is the rule of thumb for English; what is written in short words has more.
            self.estimatedTokens = max(self.characters / 4, self.words)
        }
    }

    @Sendable private func models(_ request: Request, _ context: APIContext) async throws -> Response {
        let known = self.supervisor.models.list(for: context.caller)
        var buffer = ByteBuffer(string: "{\"models\":")
        buffer.writeImmutableBuffer(known?.models ?? ByteBuffer(string: "[]"))
        JSONText.appendKey("as_of", to: &buffer)
        if let known { JSONText.append(known.asOf, to: &buffer) } else { buffer.writeString("null") }
        buffer.writeString("}")
        return Response.json(.ok, raw: buffer)
    }

    @Sendable private func count(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await RequestFields(request.json(context))
        let text = fields.string("text", maximumLength: Self.maximumText)
        if fields.errors.isEmpty, text?.isEmpty ?? true { fields.wrong("text", "is missing") as Void? }
        try fields.finish()
        return Response.json(.ok, Count(text ?? ""))
    }
}
