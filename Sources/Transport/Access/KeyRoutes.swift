import Actors
import Foundation
import Hummingbird

/// `GET /v1/keys`: who may use the server, and when each did last; made and revoked they are with `troupe keys`.
struct KeyRoutes {
    private struct Shown: Encodable {
        let id: String
        let name: String
        let scopes: [String]
        let createdAt: String
        let expiresAt: String?
        let lastUsedAt: String?
        let limits: KeyLimits?
    }

    let keys: KeyRing

    func add(to endpoints: Endpoints) {
        endpoints.on(.get, "keys", "listKeys", needs: .admin, use: self.list)
        endpoints.on(.get, "keys/self", "getOwnKey", needs: .read, use: self.own)
    }

    private struct List: Encodable {
        let keys: [Shown]
    }

    /// What a caller may do, so that a dashboard need not try.
    private struct Own: Encodable {
        let id: String?
        let name: String
        let scopes: [String]
        let expiresAt: String?
        let limits: KeyLimits?
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let uses = self.keys.lastUses
        let shown = self.keys.all.map { key in
            Shown(
                id: key.id,
                name: key.name,
                scopes: Scope.allCases.filter(key.scopes.contains).map(\.rawValue),
                createdAt: key.createdAt,
                expiresAt: key.expiresAt,
                lastUsedAt: uses[key.id],
                limits: key.limits
            )
        }
        return Response.json(.ok, List(keys: shown))
    }

    @Sendable private func own(_ request: Request, _ context: APIContext) async throws -> Response {
        let caller = context.caller
        return Response.json(
            .ok,
            Own(
                id: caller.key?.id,
                name: caller.name,
                scopes: Scope.allCases.filter(caller.may).map(\.rawValue),
                expiresAt: caller.key?.expiresAt,
                limits: caller.key?.limits
            )
        )
    }
}
