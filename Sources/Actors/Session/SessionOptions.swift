/// What a client may ask of a new session.
///
/// Everything else is the server's configuration.
package struct SessionOptions: Sendable, Equatable {
    /// Chosen by the client, or made.
    package var id: String?
    package var name: String?
    package var model: String?
    package var fallbackModel: String?
    /// Absolute; `nil` for the server's default directory.
    package var workingDirectory: String?
    package var addDirectories: [String] = []
    package var permissionMode: String?
    package var allowedTools: [String] = []
    package var disallowedTools: [String] = []
    package var systemPrompt: String?
    package var appendSystemPrompt: String?
    /// Model calls in one turn.
    package var maximumTurns: Int?
    package var maximumThinkingTokens: Int?
    package var effort: String?
    /// A Claude session id to take up.
    package var resume: String?
    package var tags: [String] = []
    /// Idle time after which it ends; `nil` for the server's default.
    package var timeToLive: Duration?

    package init() {}
}
