/// An API of another system whose clients work here unchanged: a projection of the same sessions.
///
/// Its routes lie below `root` in the router; `SurfaceDoor` says which requests go there.
enum Surface: String, CaseIterable, Sendable {
    /// clinvoker.
    case clinvoker
    /// The FastAPI server over the agent SDK (cc-sdk-docker).
    case sdkServer
    /// claude-code-api: named sessions, chat, jobs, files.
    case codeAPI
    /// The REST API of mcp-coding-agents.
    case codingAgents
    /// What OpenAI's SDKs speak.
    case openAI
    /// What Anthropic's SDKs speak.
    case anthropic
    /// The paths that several of the systems have, on a port where nothing says whose they are.
    case shared

    /// Where its routes lie, without slashes around it; also what a client puts behind the host in its base URL.
    var root: String {
        switch self {
        case .clinvoker: "compat/clinvk"
        case .sdkServer: "compat/sdk"
        case .codeAPI: "compat/cca"
        case .codingAgents: "compat/mcpapi"
        case .openAI: "openai"
        case .anthropic: "anthropic"
        case .shared: "compat/shared"
        }
    }

    /// The port that the original listens on, which its clients have in their base URL.
    var classicPort: Int? {
        switch self {
        case .clinvoker: 8080
        case .sdkServer: 3000
        case .codeAPI: 8000
        case .codingAgents: 3050
        case .openAI, .anthropic, .shared: nil
        }
    }

    /// What a gateway calls it in `X-Compat-Profile`.
    var profile: String? {
        switch self {
        case .clinvoker: "001"
        case .sdkServer: "002"
        case .codeAPI: "003"
        case .codingAgents: "004"
        case .openAI, .anthropic, .shared: nil
        }
    }
}
