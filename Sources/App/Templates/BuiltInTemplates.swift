/// The templates that come with the program, in the form an operator would write them.
///
/// They add to the agent's own system prompt, since that is what makes it work with its tools, and grant nothing: no
/// permission mode, no allowed tools. Those that only look take the tools away that write files.
enum BuiltInTemplates {
    /// YAML by name.
    static let all: [String: String] = [
        "code-reviewer": Self.codeReviewer,
        "devops": Self.devops,
        "refactor": Self.refactor,
        "test-writer": Self.testWriter,
        "docs": Self.docs,
        "debug": Self.debug,
        "architect": Self.architect,
        "security": Self.security,
        "performance": Self.performance,
        "api-designer": Self.apiDesigner,
        "data-engineer": Self.dataEngineer,
        "frontend": Self.frontend,
    ]
}
