import Actors
import Foundation
import Hummingbird

/// `POST /v1/tickets`: permissions that may stand in a URL, where a browser can set no header (API.md, WebSocket).
///
/// Without `session` for one minute everything that the caller may do; with it a viewer link: that session, to look at, for a
/// day or what `ttl_ms` says.
///
/// `POST /v1/login` keeps a key in a cookie that scripts cannot read, `POST /v1/logout` forgets it.
struct TicketRoutes {
    private static let viewerLife: Duration = .seconds(24 * 3600)

    let sessions: SessionRoutes
    let authenticator: Authenticator
    let meter: Meter

    func add(to endpoints: Endpoints) {
        endpoints.on(.post, "tickets", "createTicket", needs: .read, class: .work, use: self.create)
        endpoints.on(.post, "login", "login", needs: nil, class: .work, use: self.login)
        endpoints.on(.post, "logout", "logout", needs: nil, use: self.logout)
    }

    private struct Created: Encodable {
        let ticket: String
        let expiresAt: String
        /// Where a viewer link leads.
        let eventsUrl: String?
    }

    private struct Login: Encodable {
        let name: String
        let scopes: [String]
    }

    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await RequestFields(request.json(context))
        let id = fields.string("session")
        let life = fields.duration("ttl_ms", maximum: .seconds(Ticket.maximumViewerLife))
        if life != nil, id == nil {
            let _: Void? = fields.wrong("ttl_ms", "needs session: a ticket for all lasts a minute")
        }
        try fields.finish()
        var address: SessionAddress?
        if let id { address = try await self.sessions.supervisor.session(id, for: context.caller).address }
        let seconds = address == nil ? Ticket.connectLife : (life ?? Self.viewerLife) / .seconds(1)
        let ticket = self.authenticator.ticket(of: context.caller, for: address, life: seconds)
        return Response.json(
            .created,
            Created(
                ticket: ticket,
                expiresAt: Timestamp.of(secondsSince1970: Int(Date().timeIntervalSince1970 + seconds)),
                eventsUrl: address.map { context.client.path("/v1/sessions/\($0.qualified)/events?ticket=\(ticket)") }
            )
        )
    }

    @Sendable private func login(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await RequestFields(request.json(context))
        let token = fields.string("token", maximumLength: 512)
        if token == nil, fields.errors.isEmpty { let _: Void? = fields.wrong("token", "is missing") }
        try fields.finish()
        let credentials = Authenticator.Credentials(token: token)
        guard let caller = self.authenticator.caller(credentials) else {
            throw self.meter.refusal(credentials, from: context.client.block)
        }
        let scopes = Scope.allCases.filter(caller.may).map(\.rawValue)
        let cookie = "\(Authenticator.cookie)=\(token ?? ""); Path=/; Secure; HttpOnly; SameSite=Strict"
        return Response.json(.ok, Login(name: caller.name, scopes: scopes), headers: [.setCookie: cookie])
    }

    @Sendable private func logout(_ request: Request, _ context: APIContext) async throws -> Response {
        let cookie = "\(Authenticator.cookie)=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"
        return Response(status: .noContent, headers: [.setCookie: cookie])
    }
}
