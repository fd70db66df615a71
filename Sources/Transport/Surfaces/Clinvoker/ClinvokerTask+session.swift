import Actors
import NIOCore

/// What a task means to the server: a session, or the reason why there is none, which clinvoker's clients find in an
/// answer with status 200.
extension ClinvokerTask {
    /// Why nothing was run.
    struct Refusal: Error, Equatable {
        let message: String
    }

    /// A task that can be run.
    struct Plan: Sendable {
        let backend: AgentBackend
        var options: SessionOptions
        let isEphemeral: Bool
        /// What the original would have executed.
        let commandLine: String
    }

    /// Short words for models, by backend.
    private static let aliases: [AgentBackend.Adapter: [String: String]] = [
        .claude: Self.aliases(fast: "haiku", balanced: "sonnet", best: "opus"),
        .codex: Self.aliases(fast: "gpt-4.1-mini", balanced: "gpt-5.2", best: "gpt-5-codex"),
        .gemini: Self.aliases(fast: "gemini-2.5-flash", balanced: "gemini-2.5-pro", best: "gemini-2.5-pro"),
    ]

    private static func aliases(fast: String, balanced: String, best: String) -> [String: String] {
        ["fast": fast, "quick": fast, "balanced": balanced, "default": balanced, "best": best, "powerful": best]
    }

    /// Checks the task against what there is.
    ///
    /// - Parameters:
    ///   - backends: what sessions can work with.
    ///   - workdir: the rules of working directories.
    ///   - caller: who asks.
    /// - Returns: how to run it.
    /// - Throws: `Refusal`.
    func plan(
        _ backends: [AgentBackend],
        _ workdir: ClinvokerWorkdir,
        for caller: Caller
    ) throws -> Plan {
        guard let backend = backends.first(where: { $0.name == self.backend }) else {
            let names = backends.map(\.name).joined(separator: " ")
            throw Refusal(message: "unknown backend \"\(self.backend)\" (available: [\(names)])")
        }
        guard backend.isAvailable else {
            throw Refusal(message: "backend \"\(backend.name)\" is not available")
        }
        guard self.format != nil else {
            throw Refusal(
                message: "invalid output_format \"\(self.outputFormat ?? "")\": "
                    + "must be one of default, text, json, stream-json"
            )
        }
        guard !self.text.isEmpty else { throw Refusal(message: "prompt is required") }
        var options = SessionOptions()
        options.workingDirectory = try self.workdir.map { try workdir.check($0, for: caller) }
        let flags: ClinvokerFlags
        do {
            flags = try ClinvokerFlags(self.extra, for: backend)
            options.model = self.modelName(backend.adapter)
            try self.setUp(&options, backend, flags, caller)
        } catch let error as ClinvokerFlags.Refusal {
            throw Refusal(message: error.message)
        }
        return Plan(
            backend: backend,
            options: options,
            isEphemeral: self.isEphemeral || flags.isEphemeral,
            commandLine: self.commandLine(backend, flags)
        )
    }

    /// The model, a short word for one written out.
    func modelName(_ adapter: AgentBackend.Adapter) -> String? {
        self.model.map { Self.aliases[adapter]?[$0] ?? $0 }
    }

    private func setUp(
        _ options: inout SessionOptions,
        _ backend: AgentBackend,
        _ flags: ClinvokerFlags,
        _ caller: Caller
    ) throws {
        switch backend.adapter {
        case .claude:
            options.maximumTurns = self.maximumTurns
            options.systemPrompt = self.systemPrompt
            switch self.approvalMode {
            case "auto": options.permissionMode = "acceptEdits"
            case "none": options.permissionMode = "dontAsk"
            case "always": options.permissionMode = "default"
            default: break
            }
            try flags.apply(to: &options)
        case .codex, .gemini:
            options.backend = backend.name
            let arguments = self.modeArguments(backend.adapter) + flags.arguments
            guard caller.may(.settings) || !Self.loosens(arguments) else {
                throw SessionError(.scopeRequired, "A key without the scope settings may not loosen the sandbox.")
            }
            options.backendArguments = arguments
        }
    }

    /// Whether flags let a program do what nobody has allowed.
    private static func loosens(_ arguments: [String]) -> Bool {
        let loose: Set<String> = ["danger-full-access", "--yolo", "--full-auto", "--config-dir", "yolo"]
        return arguments.contains { argument in argument.split(separator: "=").contains { loose.contains(String($0)) } }
    }
}
