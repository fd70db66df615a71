import HTTPTypes

/// The models as clients of OpenAI's SDKs name them.
enum OpenAIModels {
    /// Names of other systems' models; the CLI would hand them to its own API, to be told that there are none.
    private static let foreign = ["gpt", "gemini", "codex"]
    /// When there were models; the CLI does not say more.
    private static let created = 1_767_225_600

    /// What a request's `model` is to the CLI.
    ///
    /// `claude` and `default` are the server's own choice; anything else is the CLI's to know.
    ///
    /// - Parameter name: as the client wrote it.
    /// - Returns: `nil` for the server's own choice.
    /// - Throws: `Problem`, `model_not_found`, for models of others.
    static func model(_ name: String) throws(Problem) -> String? {
        guard !name.isEmpty, name.utf8.count <= 256, !name.utf8.contains(0) else {
            throw .wrong("/model", "must have 1 to 256 characters")
        }
        guard ["claude", "default"].contains(name) == false else { return nil }
        let lower = name.lowercased()
        guard lower.contains("claude") || !Self.foreign.contains(where: { lower.contains($0) }) else {
            throw Self.notFound(name)
        }
        return name
    }

    /// `GET /openai/v1/models`.
    static func list(_ models: [ModelCatalog.Model]) -> DocumentNode {
        .of(["object": .string("list"), "data": .array(models.map { Self.entry($0.id) })])
    }

    /// `GET /openai/v1/models/{model}`: one of the list, or anything that is a Claude model by its name.
    ///
    /// - Throws: `Problem`, `model_not_found`.
    static func object(named name: String, of models: [ModelCatalog.Model]) throws(Problem) -> DocumentNode {
        let isKnown = name == "default" || models.contains { $0.id == name }
        guard isKnown || name.hasPrefix("claude-") && name.utf8.count <= 256 else {
            throw Self.notFound(name)
        }
        return Self.entry(name)
    }

    static func notFound(_ name: String) -> Problem {
        var problem = Problem(.notFound, "model_not_found", "The model '\(name.prefix(256))' does not exist here.")
        problem.errors = [Problem.FieldError(pointer: "/model", message: "does not exist here")]
        return problem
    }

    private static func entry(_ name: String) -> DocumentNode {
        .of([
            "id": .string(name), "object": .string("model"), "created": .number("\(Self.created)"),
            "owned_by": .string("anthropic"),
        ])
    }
}
