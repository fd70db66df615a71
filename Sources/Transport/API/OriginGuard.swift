import HTTPTypes
import Hummingbird

/// Refuses pages of other origins: a browser must not drive the agents of the person who looks at it.
///
/// A server on a loopback address answers only to loopback names, those of allowed origins and those on its list (else a
/// foreign name could be pointed at it), one with a list answers to no others either, and a request that names an origin
/// must name ours.
package struct OriginGuard: Sendable {
    private let isLoopback: Bool
    private let allowed: Set<String>
    /// The names on the list, without ports.
    private let hosts: Set<String>
    /// The allowed origins without their schemes.
    private let allowedHosts: Set<String>

    /// - Parameters:
    ///   - isLoopback: whether the server listens on a loopback address only.
    ///   - allowed: further origins, as `https://board.example`.
    ///   - hosts: the names it answers to beside loopback ones, as `board.example`; empty for any.
    package init(isLoopback: Bool, allowed: [String] = [], hosts: [String] = []) {
        self.isLoopback = isLoopback
        self.allowed = Set(allowed.map { $0.lowercased() })
        self.hosts = Set(hosts.map { $0.lowercased() })
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
        guard let host = client.host?.lowercased() else { return origin == nil && self.hosts.isEmpty }
        let name = Self.name(of: host)
        let isNamed = self.hosts.contains(String(name)) || self.allowedHosts.contains(host)
        if self.isLoopback || !self.hosts.isEmpty, !Self.isLoopbackName(name), !isNamed {
            return false
        }
        guard let origin = origin?.lowercased() else { return true }
        if self.allowed.contains(origin) { return true }
        // A proxy that is not known may speak TLS for a server that does not; else the scheme is known.
        let isKnown = client.isForwarded || client.scheme == "https"
        return origin == "\(client.scheme)://\(host)" || !isKnown && origin == "https://\(host)"
    }

    /// Whether a browser says that a page of another site asks, where it names no origin: an image, a script, a form.
    ///
    /// Following a link is no request of the page (`Sec-Fetch-Mode: navigate`, W3C Fetch Metadata).
    static func isForeign(site: String?, mode: String?, method: HTTPRequest.Method, origin: String?) -> Bool {
        guard origin == nil, site == "cross-site" || site == "same-site" else { return false }
        return !(mode == "navigate" && method == .get)
    }

    /// Whether this origin is on the list, so that its pages may read our answers.
    func isListed(_ origin: String) -> Bool {
        self.allowed.contains(origin.lowercased())
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
    private static let site = HTTPField.Name("Sec-Fetch-Site")
    private static let mode = HTTPField.Name("Sec-Fetch-Mode")

    let origins: OriginGuard

    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let headers = request.headers
        let isForeign = OriginGuard.isForeign(
            site: Self.site.flatMap { headers[$0] },
            mode: Self.mode.flatMap { headers[$0] },
            method: request.method,
            origin: headers[.origin]
        )
        guard !isForeign, self.origins.admits(context.client, origin: headers[.origin]) else {
            throw Problem(.forbiddenOrigin, "This host or origin may not use the server.")
        }
        return try await next(request, context)
    }
}
