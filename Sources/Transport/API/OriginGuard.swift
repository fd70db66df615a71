import HTTPTypes
import Hummingbird

/// Refuses pages of other origins: a browser must not drive the agents of the person who looks at it.
///
/// A server on a loopback address answers only to loopback names and those of allowed origins (else a foreign name could
/// be pointed at it), and a request that names an origin must name ours.
package struct OriginGuard: Sendable {
    private let isLoopback: Bool
    private let allowed: Set<String>
    /// The allowed origins without their schemes.
    private let allowedHosts: Set<String>

    /// - Parameters:
    ///   - isLoopback: whether the server listens on a loopback address only.
    ///   - allowed: further origins, as `https://board.example`.
    package init(isLoopback: Bool, allowed: [String] = []) {
        self.isLoopback = isLoopback
        self.allowed = Set(allowed.map { $0.lowercased() })
        self.allowedHosts = Set(
            self.allowed.compactMap { origin in
                origin.firstRange(of: "://").map { String(origin[$0.upperBound...]) }
            }
        )
    }

    /// Decides on a request by its origin.
    ///
    /// - Parameters:
    ///   - client: how it calls the server.
    ///   - origin: `Origin`, absent outside browsers.
    /// - Returns: whether it may be served.
    func admits(_ client: ClientAddress, origin: String?) -> Bool {
        guard let host = client.host?.lowercased() else { return origin == nil }
        if self.isLoopback, !Self.isLoopbackName(Self.name(of: host)), !self.allowedHosts.contains(host) {
            return false
        }
        guard let origin = origin?.lowercased() else { return true }
        if self.allowed.contains(origin) { return true }
        // A proxy that is not known may speak TLS for a server that does not; else the scheme is known.
        let isKnown = client.isForwarded || client.scheme == "https"
        return origin == "\(client.scheme)://\(host)" || !isKnown && origin == "https://\(host)"
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
        guard self.origins.admits(context.client, origin: request.headers[.origin]) else {
            throw Problem(.forbiddenOrigin, "This host or origin may not use the server.")
        }
        return try await next(request, context)
    }
}
