/// What the command line asks for.
struct Options {
    var sessionID: String?
    var resume: String?
    var continues = false
    var forks = false
    var resumeAt: String?
    var keepsSession = true
    var includesPartialMessages = false
    var replaysUserMessages = false
    var asksHost = false
    var permissionMode = "default"
    var allowsBypass = false
    var model = Options.defaultModel
    var allowedTools: [String] = []
    var disallowedTools: [String] = []
    var maximumTurns: Int?
    var maximumBudget: Double?
    /// What `--mcp-config` names, each as the file or argument holds it.
    var mcpConfigurations: [JSON] = []
    /// What `--agents` defines, by name.
    var agents: [JSON.Member] = []
    var addedDirectories: [String] = []
    /// What `--settings` holds.
    var settings: JSON = [:]
    var effort: String?
    var maximumThinkingTokens: Int?
    var transcript: String?
    /// How many times faster than it was recorded a transcript plays; 0 is at once.
    var speed = 1.0

    static let defaultModel = "claude-opus-5-5"
    static let permissionModes = ["acceptEdits", "auto", "bypassPermissions", "default", "dontAsk", "plan"]

    /// Tokens that a conversation with that model may have.
    static func contextWindow(of model: String) -> Int {
        model.contains("haiku-4") ? 200_000 : 1_000_000
    }

    /// Short names of models.
    static func resolvedModel(_ name: String) -> String {
        switch name {
        case "default", "opus": Self.defaultModel
        case "sonnet": "claude-sonnet-5"
        case "haiku": "claude-haiku-4-5"
        case "fable": "claude-fable-5-2"
        default: name
        }
    }
}
