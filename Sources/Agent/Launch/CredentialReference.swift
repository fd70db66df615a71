import Glibc
package import SystemPackage

/// Where the key or token is that a child talks to the API with; what it is, is read when the child is started, and never
/// kept, shown or logged.
package enum CredentialReference: Sendable, Equatable {
    /// A variable of the server's own environment.
    case variable(String)
    /// A file, whose first line it is.
    case file(FilePath)

    /// All variables that the CLI takes one from; a child gets one of them, or those of the server.
    static let variables = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"]
    /// Longer files are no credentials.
    private static let maximumBytes = 16 << 10

    /// Takes `env:NAME` or `file:/PATH`; `nil` for anything else.
    package init?(_ text: String) {
        if text.hasPrefix("file:/") {
            self = .file(FilePath(String(text.dropFirst("file:".count))))
        } else if text.hasPrefix("env:"), text.utf8.count > "env:".count, !text.contains("=") {
            self = .variable(String(text.dropFirst("env:".count)))
        } else {
            return nil
        }
    }

    /// What a child's environment gets of it.
    ///
    /// - Parameter environment: the server's.
    /// - Returns: one variable: an OAuth token goes by another name than a key of the API.
    /// - Throws: `credential_missing`, without saying where it was looked for.
    func read(_ environment: [String: String]) throws(AgentError) -> [String: String] {
        let text: String? =
            switch self {
            case .variable(let name): environment[name]
            case .file(let path):
                ProcFile.read(path.string, limit: Self.maximumBytes).flatMap { String(validating: $0, as: UTF8.self) }
            }
        let line = text?.split(whereSeparator: \.isNewline).first.map { $0.filter { !$0.isWhitespace } } ?? ""
        guard !line.isEmpty, line.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw AgentError(.credentialMissing, "the credential of the session cannot be read")
        }
        return [line.hasPrefix("sk-ant-oat") ? "CLAUDE_CODE_OAUTH_TOKEN" : "ANTHROPIC_API_KEY": line]
    }
}
