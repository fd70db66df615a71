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
    var transcript: String?
    /// How many times faster than it was recorded a transcript plays; 0 is at once.
    var speed = 1.0

    static let defaultModel = "claude-opus-5-5"
    static let permissionModes = ["acceptEdits", "auto", "bypassPermissions", "default", "dontAsk", "plan"]

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
