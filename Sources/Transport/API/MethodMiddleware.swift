import HTTPTypes
import Hummingbird

/// Answers where no route is: `OPTIONS` with what there is, 405 for another method of a path there is, 404 for the rest.
///
/// Added to a router after its routes, so that only what none of them takes comes here.
struct MethodMiddleware: RouterMiddleware {
    let table: MethodTable

    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let allowed = self.table.methods(of: request.uri.path)
        guard !allowed.isEmpty else { return try await next(request, context) }
        guard request.method != .options else {
            return Response(status: .noContent, headers: [.allow: Self.list(allowed)])
        }
        // A HEAD is looked for as a GET; that none is there says the same.
        var problem = Problem(.methodNotAllowed, "This path has the methods \(Self.list(allowed)).")
        problem.allowed = Self.list(allowed)
        throw problem
    }

    private static func list(_ methods: [HTTPRequest.Method]) -> String {
        methods.map(\.rawValue).joined(separator: ", ")
    }
}
