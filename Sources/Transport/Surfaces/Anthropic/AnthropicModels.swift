import NIOCore

/// Models as Anthropic's API names and lists them.
enum AnthropicModels {
    /// No date of release is known; the API's own value for that.
    private static let created = "1970-01-01T00:00:00Z"

    /// What the CLI is told, or `nil` for the server's default.
    ///
    /// The name of the agent itself is none of a model; the names of other systems' models are refused rather than answered
    /// by another.
    ///
    /// - Throws: `Problem`, 404.
    static func name(of model: String) throws(Problem) -> String? {
        guard model != ModelCatalog.server.id, !model.isEmpty else { return nil }
        if model == "codex" || ["gpt", "gemini"].contains(where: { model.lowercased().contains($0) }) {
            throw Self.unknown(model)
        }
        return model
    }

    static func unknown(_ model: String) -> Problem { Problem(.notFound, "model: \(model.prefix(256))") }

    static func json(_ model: ModelCatalog.Model) -> ByteBuffer {
        JSONMembers.object { json in
            json.put("type", "model")
            json.put("id", model.id)
            json.put("display_name", model.name)
            json.put("created_at", Self.created)
            json.put("lifecycle", "active")
        }
    }

    /// One page, after or before the model that the client has.
    static func page(_ models: [ModelCatalog.Model], after: String?, before: String?, limit: Int) -> ByteBuffer {
        var left = models
        if let after { left = Array(left.drop { $0.id != after }.dropFirst()) }
        if let before { left = Array(left.prefix { $0.id != before }) }
        let page = before == nil ? left.prefix(limit) : left.suffix(limit)
        return JSONMembers.object { json in
            json.put("data", array: page.map(Self.json))
            json.put("has_more", page.count < left.count)
            json.put("first_id", orNull: page.first?.id)
            json.put("last_id", orNull: page.last?.id)
        }
    }
}
