import Actors

/// The flags of the programs that a client may add as `extra`, and what those for Claude mean to a session.
struct ClinvokerFlags {
    /// Why a list of flags is refused.
    struct Refusal: Error, Equatable {
        let message: String
    }

    private static let common = ["-v", "-m", "-o", "-q", "-h", "--help", "--version"]
    private static let claude = [
        "--model", "--print", "--output-format", "--verbose", "--max-turns", "--system-prompt", "--permission-mode",
        "--resume", "--add-dir", "--allowedtools", "--allowed-tools", "--no-session-persistence", "--continue",
    ]
    private static let codex = [
        "--model", "--json", "--sandbox", "--ask-for-approval", "--full-auto", "--quiet", "--config-dir",
    ]
    private static let gemini = [
        "--model", "--output-format", "--sandbox", "--approval-mode", "--yolo", "--debug", "--color", "--disable-color",
    ]
    /// Those that take nothing, so that a word behind them is a mistake.
    private static let alone: Set<String> = [
        "-v", "-q", "-h", "--help", "--version", "--print", "--verbose", "--no-session-persistence", "--continue",
        "--json",
        "--full-auto", "--quiet", "--yolo", "--debug", "--disable-color",
    ]
    /// Those that would have the program do something else than answer, or take up what the client does not name.
    private static let useless: Set<String> = ["-h", "--help", "--version", "--continue"]

    /// The flags in order, in lower case, each with its value if it has one.
    private(set) var flags: [(name: String, value: String?)] = []

    /// Checks the words.
    ///
    /// - Parameters:
    ///   - words: as the client wrote them.
    ///   - backend: whose flags they are.
    /// - Throws: `Refusal` for a word that is no flag and no value of one, and for a flag that is not on the list.
    init(_ words: [String], for backend: AgentBackend) throws(Refusal) {
        let allowed =
            switch backend.adapter {
            case .claude: Self.common + Self.claude
            case .codex: Self.common + Self.codex
            case .gemini: Self.common + Self.gemini
            }
        var takesValue = false
        for word in words {
            guard word.hasPrefix("-") else {
                guard takesValue, !self.flags.isEmpty else {
                    throw Refusal(message: "invalid flag format: \(word) (must start with - or --)")
                }
                self.flags[self.flags.count - 1].value = word
                takesValue = false
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].lowercased()
            guard allowed.contains(name) else {
                throw Refusal(message: "flag not allowed for \(backend.name): \(parts[0])")
            }
            guard !Self.useless.contains(name) else {
                throw Refusal(message: "flag not supported by this server: \(parts[0])")
            }
            self.flags.append((name, parts.count > 1 ? String(parts[1]) : nil))
            takesValue = parts.count == 1 && !Self.alone.contains(name)
        }
    }

    /// Gives a session what flags of Claude ask for; the others say what the server does anyway.
    ///
    /// - Throws: `Refusal` for a value that a flag cannot have.
    func apply(to options: inout SessionOptions) throws(Refusal) {
        for (name, value) in self.flags {
            switch name {
            case "--model", "-m": options.model = value ?? options.model
            case "--max-turns": options.maximumTurns = value.flatMap(ClinvokerTask.turns) ?? options.maximumTurns
            case "--system-prompt": options.systemPrompt = value ?? options.systemPrompt
            case "--permission-mode":
                guard let value, CreateRequest.permissionModes.contains(value) else {
                    throw Refusal(message: "invalid value for --permission-mode")
                }
                options.permissionMode = value
            case "--resume":
                guard let value, ClinvokerTask.isConversation(value) else {
                    throw Refusal(message: "invalid value for --resume (must be a session's UUID)")
                }
                options.resume = value
            case "--add-dir": if let value { options.addDirectories.append(value) }
            case "--allowedtools", "--allowed-tools":
                options.allowedTools += value?.split(separator: ",").map(String.init) ?? []
            default: break
            }
        }
    }

    /// Whether the session is to leave nothing behind.
    var isEphemeral: Bool { self.flags.contains { $0.name == "--no-session-persistence" } }

    /// The words as a program takes them.
    var arguments: [String] { self.flags.flatMap { [$0.name] + ($0.value.map { [$0] } ?? []) } }
}
