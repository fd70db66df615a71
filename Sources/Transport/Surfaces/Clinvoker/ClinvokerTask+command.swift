import Actors

/// How the original runs a task: the flags of the three programs (001 §12.1).
extension ClinvokerTask {
    /// The flags for the approval and sandbox modes of the further programs; words that are none of them have no effect.
    func modeArguments(_ adapter: AgentBackend.Adapter) -> [String] {
        switch adapter {
        case .claude:
            []
        case .codex:
            Self.pair(
                "--ask-for-approval",
                ["auto": "on-request", "none": "never", "always": "untrusted"][self.approvalMode ?? ""]
            )
                + Self.pair(
                    "--sandbox",
                    ["read-only": "read-only", "workspace": "workspace-write", "full": "danger-full-access"][
                        self.sandboxMode ?? ""
                    ]
                )
        case .gemini:
            (self.approvalMode == "none"
                ? ["--yolo"]
                : Self.pair("--approval-mode", ["auto": "auto_edit", "always": "default"][self.approvalMode ?? ""]))
                + (["read-only", "workspace"].contains(self.sandboxMode) ? ["--sandbox"] : [])
                + (self.isVerbose ? ["--debug"] : [])
        }
    }

    /// What a dry run says it would execute.
    func commandLine(_ backend: AgentBackend, _ flags: ClinvokerFlags) -> String {
        let isStream = self.format == .stream
        let model = Self.pair("--model", self.modelName(backend.adapter))
        var words: [String]
        switch backend.adapter {
        case .claude:
            words = ["--print"] + model
            words += Self.pair(
                "--permission-mode",
                ["auto": "acceptEdits", "none": "dontAsk", "always": "default"][self.approvalMode ?? ""]
            )
            words += ["--output-format", isStream ? "stream-json" : "json"]
            words += isStream || self.isVerbose ? ["--verbose"] : []
            words += Self.pair("--max-turns", self.maximumTurns.map(String.init))
            words += Self.pair("--system-prompt", self.systemPrompt)
            words += self.isEphemeral ? ["--no-session-persistence"] : []
        case .codex:
            words = ["exec"] + model + self.modeArguments(.codex) + ["--json"]
        case .gemini:
            words = model + self.modeArguments(.gemini)
            words += ["--output-format", isStream ? "stream-json" : "json"]
        }
        words += flags.arguments + [self.text]
        return "\(backend.adapter.rawValue) [\(words.joined(separator: " "))]"
    }

    private static func pair(_ flag: String, _ value: String?) -> [String] {
        value.map { [flag, $0] } ?? []
    }
}
