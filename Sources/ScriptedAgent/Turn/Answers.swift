/// What the agent says of itself.
enum Answers {
    /// Everything that breaks naive text handling.
    static let unicode =
        "Grüße 👩‍👩‍👧‍👦 日本語テキスト العربية עברית e\u{301} \u{2028}line-sep\u{2029}para-sep "
        + "tab\tquote\" backslash\\ slash/ </script> \u{0}nul? zero\u{200B}width \u{1F9EA} 𝕏 \u{FEFF}bom end"

    /// One fact as text.
    static func text(of fact: Directive.Fact, session: AgentSession) -> String {
        switch fact {
        case .plain(let prompt): Self.friendly(prompt, session: session)
        case .memory:
            session.conversation.prompts.dropLast().isEmpty
                ? "(nothing)" : session.conversation.prompts.dropLast().joined(separator: "\n")
        case .usage:
            "usage: \(session.totals.values.reduce(0) { $0 + $1.input }) input, "
                + "\(session.totals.values.reduce(0) { $0 + $1.output }) output tokens, $\(session.totalCost)"
        case .model: "\(session.model) \(session.rules.mode)"
        case .thinkingBudget: session.thinkingBudget.map { "\($0)" } ?? "(not set)"
        case .workingDirectory: session.workingDirectory
        case .arguments: CommandLine.arguments.dropFirst().joined(separator: " ")
        case .environment(let name): Environment.value(name) ?? "(not set)"
        }
    }

    /// What `/cost` and `get_session_cost` say.
    static func costs(_ session: AgentSession) -> String {
        let cents = Int((session.totalCost * 10_000).rounded())
        let fraction = String(cents % 10_000)
        let cost = "$\(cents / 10_000)." + String(repeating: "0", count: 4 - fraction.count) + fraction
        let wall = Int((Clock.now - session.startedAt).fractionalSeconds)
        let models = session.totals.sorted { $0.key < $1.key }.map { name, usage in
            "\n    \(name):  \(usage.input) input, \(usage.output) output, 0 cache read, 0 cache write"
        }
        return "Estimated cost:        \(cost)\nTotal duration (API):  \(session.apiMilliseconds / 1000)s\n"
            + "Total duration (wall): \(wall)s\nTotal code changes:    0 lines added, 0 lines removed\n"
            + "Usage by model:\(models.joined())"
    }

    /// What stands for a conversation that was compacted.
    static func summary(of prompts: [String]) -> String {
        "This session is being continued from a previous conversation that ran out of context. The summary below "
            + "covers the earlier portion of the conversation.\n\nSummary:\n"
            + prompts.map { "- \($0.split(separator: "\n").first?.prefix(200) ?? "")" }.joined(separator: "\n")
    }

    /// The answer to a prompt without directives.
    static func friendly(_ prompt: String, session: AgentSession) -> String {
        func quoted(_ text: String) -> String {
            let line = text.split(separator: "\n").first ?? ""
            return "“\(line.prefix(200))\(line.count > 200 || text.contains("\n") ? "…" : "")”"
        }
        let earlier = session.conversation.prompts.dropLast()
        let memory =
            switch earlier.last {
            case let last?:
                "Before that you said \(quoted(last)), so this conversation now has \(earlier.count + 1) prompts "
                    + "and I remember every one of them."
            case nil: "It is the first thing you have said to me; ask again and you will see that I remember it."
            }
        return "This is the scripted agent, a stand-in for Claude Code that thinks nothing and costs nothing. "
            + "You asked: \(quoted(prompt))\n\n\(memory)\n\n"
            + "A prompt made of directives does more: `say hello`, `echo 100 20`, "
            + "`tool:Bash {\"command\":\"uname -a\"}`, `ask Shall I go on?` or `memory`.\n"
    }
}
