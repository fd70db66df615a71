import Agent
import SystemPackage

/// A program that sessions can work with.
package struct AgentBackend: Sendable, Equatable {
    /// How it is spoken to.
    package enum Adapter: String, Sendable, CaseIterable {
        /// As itself: every session without a backend.
        case claude
        /// By `codex exec`, once for each prompt.
        case codex
        /// By `gemini`, once for each prompt.
        case gemini

        /// What of the server's environment the program is given beside what all have.
        var variables: [String] {
            switch self {
            case .claude: []
            case .codex: ["OPENAI_API_KEY", "OPENAI_BASE_URL", "CODEX_API_KEY", "CODEX_HOME"]
            case .gemini:
                [
                    "GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION",
                    "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_APPLICATION_CREDENTIALS",
                ]
            }
        }
    }

    /// Whether a variable is for Claude alone: others have no use for its key.
    static func isClaudes(_ variable: String) -> Bool {
        variable.hasPrefix("ANTHROPIC_") || variable == "CLAUDE_CODE_OAUTH_TOKEN"
    }

    /// What clients call it.
    package let name: String
    package let adapter: Adapter
    /// A path, or a name to look up on PATH.
    package let command: String

    package init(name: String, adapter: Adapter, command: String) {
        self.name = name
        self.adapter = adapter
        self.command = command
    }

    /// Where the program is, looked up anew each time; `nil` when it is missing.
    package var path: String? {
        (try? AgentExecutable.locate(explicit: self.command))?.path.string
    }

    /// Whether sessions can be made with it; a server does not start without its CLI.
    package var isAvailable: Bool { self.adapter == .claude || self.path != nil }

    /// The name of the server's own CLI.
    package static let standardName = "claude"

    /// The further ones of a server that is told of none.
    package static let usual = [
        AgentBackend(name: "codex", adapter: .codex, command: "codex"),
        AgentBackend(name: "gemini", adapter: .gemini, command: "gemini"),
    ]
}

extension Supervisor {
    /// All that sessions can work with, the CLI first.
    package nonisolated var backends: [AgentBackend] {
        let standard = AgentBackend(
            name: AgentBackend.standardName,
            adapter: .claude,
            command: self.plan.executable
        )
        return [standard] + self.plan.backends
    }

    /// Where sessions work that name no directory.
    package nonisolated var defaultDirectory: String { self.plan.defaultDirectory }
}
