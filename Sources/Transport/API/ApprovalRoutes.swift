import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// `/v1/approvals`: permission requests and questions of all sessions (API.md, Sessions).
struct ApprovalRoutes {
    let supervisor: Supervisor

    func add(to router: RouterGroup<APIContext>) {
        router.get("approvals", use: self.list)
        router.get("approvals/:id", use: self.get)
        router.post("approvals/:id", use: self.answer)
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = request.uri.queryParameters
        var approvals = await self.supervisor.approvals()
        let state = query["state"] ?? "pending"
        if state != "all" { approvals.removeAll { $0.state.rawValue != state } }
        if let session = query["session"] { approvals.removeAll { $0.session != session } }
        let limit = try request.number("limit", in: 1...SessionRoutes.listLimit, default: 100)
        return Response.json(.ok, array: "approvals", approvals.prefix(limit).map(\.json))
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let approval = try await self.supervisor.session(ofApproval: id).approval(id) else {
            throw Problem(.notFound, "There is no approval of that id.")
        }
        return Response.json(.ok, raw: approval.json)
    }

    @Sendable private func answer(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let session = try await self.supervisor.session(ofApproval: id)
        var fields = try await RequestFields(request.json(context))
        let answer = try AnswerRequest(&fields, by: "http")
        return try await Response.json(.ok, raw: session.answer(id, answer.answer).json)
    }
}
