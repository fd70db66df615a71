import HTTPTypes
import Hummingbird

/// Lets pages of the listed origins read our answers (WHATWG Fetch, CORS); no others, and never with cookies.
struct CrossOriginMiddleware: RouterMiddleware {
    private static let requestedMethod = HTTPField.Name("Access-Control-Request-Method")
    private static let requestedHeaders = HTTPField.Name("Access-Control-Request-Headers")
    /// How long a browser may remember an answer to its preflight, in seconds.
    private static let maximumAge = "600"

    let origins: OriginGuard

    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin], self.origins.isListed(origin),
            self.origins.admits(context.client, origin: origin)
        else { return try await next(request, context) }
        if request.method == .options, Self.requestedMethod.map({ request.headers[$0] != nil }) ?? false {
            var headers: HTTPFields = [
                .accessControlAllowOrigin: origin,
                .accessControlAllowMethods: "GET, HEAD, POST, PUT, PATCH, DELETE",
                .accessControlAllowHeaders:
                    "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Prefer, Range, X-API-Key, X-Request-ID",
                .accessControlMaxAge: Self.maximumAge,
            ]
            // Other systems' clients have fields of their own.
            if context.surface != nil, let asked = Self.requestedHeaders.flatMap({ request.headers[$0] }) {
                headers[.accessControlAllowHeaders] = asked
            }
            headers.append(HTTPField(name: .vary, value: "Origin"))
            return Response(status: .noContent, headers: headers)
        }
        var response = try await next(request, context)
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] =
            "Location, Retry-After, X-Request-ID, RateLimit, RateLimit-Policy"
            + (context.surface == nil ? "" : ", X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset")
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        return response
    }
}

/// What keeps an answer from being more than it is in a browser: no sniffing, no framing, no scripts, no referrer, no copy.
struct SecurityHeaders: RouterMiddleware {
    private static let fixed: [(HTTPField.Name?, String)] = [
        (.xContentTypeOptions, "nosniff"),
        (HTTPField.Name("X-Frame-Options"), "DENY"),
        (HTTPField.Name("Referrer-Policy"), "no-referrer"),
        (HTTPField.Name("Cross-Origin-Resource-Policy"), "same-origin"),
        (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
        (.cacheControl, "no-store"),
    ]

    /// Whether we speak TLS ourselves; then browsers are told to keep to it (RFC 6797).
    let isSecure: Bool

    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        for case (let name?, let value) in Self.fixed where response.headers[name] == nil {
            response.headers[name] = value
        }
        if self.isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        return response
    }
}
