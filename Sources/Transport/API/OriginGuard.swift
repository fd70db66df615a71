import HTTPTypes
import Hummingbird

/// Refuses pages of other origins: a browser must not drive the agents of the person who looks at it.
///
/// A server on a loopback address answers only to loopback names (else a foreign name could be pointed at it), and a
/// request that names an origin must name ours.
package struct OriginGuard: Sendable {
    private let isLoopback: Bool
    private let allowed: Set<String>

    /// - Parameters:
    ///   - isLoopback: whether the server listens on a loopback address only.
    ///   - allowed: further origins, as `https://board.example`.
    package init(isLoopback: Bool, allowed: [String] = []) {
        self.isLoopback = isLoopback
        self.allowed = Set(allowed.map { $0.lowercased() })
    }

    /// Decides on a request by its origin.
    ///
    /// - Parameters:
    ///   - host: `Host` or `:authority`.
    ///   - origin: `Origin`, absent outside browsers.
    /// - Returns: whether it may be served.
    func admits(host: String?, origin: String?) -> Bool {
        guard let host = host?.lowercased() else { return origin == nil }
        if self.isLoopback, !Self.isLoopbackName(Self.name(of: host)) { return false }
        guard let origin = origin?.lowercased() else { return true }
        return self.allowed.contains(origin) || origin == "http://\(host)" || origin == "https://\(host)"
    }

    private static func name(of authority: String) -> Substring {
        if authority.hasPrefix("[") { return authority.dropFirst().prefix { $0 != "]" } }
        return authority.prefix { $0 != ":" }
    }

    private static func isLoopbackName(_ name: Substring) -> Bool {
        let isIPv4 = name.hasPrefix("127.") && name.allSatisfy { $0.isNumber || $0 == "." }
        return name == "localhost" || name.hasSuffix(".localhost") || name == "::1" || isIPv4
    }
}

/// The guard in front of every route.
struct OriginMiddleware: RouterMiddleware {
    let origins: OriginGuard

    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard self.origins.admits(host: request.head.authority, origin: request.headers[.origin]) else {
            throw Problem(.forbiddenOrigin, "This host or origin may not use the server.")
        }
        return try await next(request, context)
    }
}
