import HTTPTypes
import Hummingbird

/// Says which surface a request belongs to, and where its route lies.
///
/// The first that fits: the port it came in on, a prefix of its path, the header `X-Compat-Profile`, a path that only one
/// system has. A path that several have goes to the shared surface; everything else is the native API's.
enum SurfaceDoor {
    static let header = HTTPField.Name("X-Compat-Profile")

    /// - Parameters:
    ///   - target: the request's path and query, below the base path.
    ///   - profile: `X-Compat-Profile`.
    ///   - listener: whose port it came in on.
    /// - Returns: the surface, `nil` for the native API, and the target as the router knows it.
    static func enter(_ target: String, profile: String?, listener: Surface?) -> (surface: Surface?, target: String) {
        let path = target.prefix { $0 != "?" }
        if let surface = Self.named(path) {
            // `/compat/clinvk/openai/v1/models`: a client that has put the prefix before everything.
            let rest = target.dropFirst(surface.root.utf8.count + 1)
            if surface == .clinvoker, let inner = Self.family(of: rest) { return (inner, String(rest)) }
            return (surface, target)
        }
        if let inner = Self.family(of: path) { return (inner, target) }
        let chosen = listener ?? profile.flatMap { text in Surface.allCases.first { $0.profile == text } }
        guard let surface = chosen ?? Self.owner(of: path) else { return (nil, target) }
        return (surface, "/\(surface.root)\(target)")
    }

    /// The same for a request as it came: the context is told whose it is.
    static func enter(_ request: Request, _ context: inout APIContext, listener: Surface?) -> Request {
        let target = request.head.path ?? "/"
        let profile = Self.header.flatMap { request.headers[$0] }
        let (surface, inner) = Self.enter(target, profile: profile, listener: listener)
        context.surface = surface
        guard inner != target else { return request }
        var head = request.head
        head.path = inner
        return Request(head: head, body: request.body)
    }

    /// The surface whose prefix a path has.
    private static func named(_ path: Substring) -> Surface? {
        guard path.hasPrefix("/compat/") else { return nil }
        return Surface.allCases.first { path == "/\($0.root)" || path.hasPrefix("/\($0.root)/") }
    }

    /// The two surfaces that are called the same everywhere.
    private static func family(of path: Substring) -> Surface? {
        [Surface.openAI, .anthropic].first { path.hasPrefix("/\($0.root)/") }
    }

    /// Whose path it is, by itself.
    private static func owner(of path: Substring) -> Surface? {
        let parts = path.split(separator: "/")
        switch parts.first {
        case "query", "session", "sessions", "redoc": return .sdkServer
        case "schemas": return .clinvoker
        case "api-docs": return .codingAgents
        case "api": return parts.count > 2 && parts[1] == "v1" ? Self.owner(ofAPI: parts.dropFirst(2)) : nil
        default: return nil
        }
    }

    /// The same for what stands behind `/api/v1`.
    private static func owner(ofAPI parts: ArraySlice<Substring>) -> Surface? {
        switch parts.first {
        case "prompt", "parallel", "chain", "compare", "backends": return .clinvoker
        case "templates", "tokens", "usage", "audit": return .codeAPI
        case "models": return .codingAgents
        case "health": return .shared
        case "sessions":
            switch parts.dropFirst(2).first {
            case nil: return .shared
            case "messages", "stream": return .codingAgents
            default: return .codeAPI
            }
        default: return nil
        }
    }
}
