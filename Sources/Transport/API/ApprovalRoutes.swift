import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// `/v1/approvals`: permission requests and questions of all sessions (API.md, Sessions).
struct ApprovalRoutes {
    let supervisor: Supervisor

    func add(to endpoints: Endpoints) {
        endpoints.on(.get, "approvals", "listApprovals", needs: .read, use: self.list)
        endpoints.on(.get, "approvals/:id", "getApproval", needs: .read, use: self.get)
        endpoints.on(.post, "approvals/:id", "answerApproval", needs: .approve, class: .work, use: self.answer)
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = request.uri.queryParameters
        var approvals = await self.supervisor.approvals(for: context.caller)
        let states = Approval.State.allCases.map(\.rawValue) + ["all"]
        let state = try request.choice("state", of: states) ?? "pending"
        if state != "all" { approvals.removeAll { $0.state.rawValue != state } }
        if let session = query["session"] { approvals.removeAll { $0.session != session } }
        let limit = try request.number("limit", in: 1...SessionRoutes.listLimit, default: 100)
        return Response.json(.ok, array: "approvals", approvals.prefix(limit).map(\.json))
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let approval = try await self.supervisor.session(ofApproval: id, for: context.caller).approval(id) else {
            throw Problem(.notFound, "There is no approval of that id.")
        }
        return Response.json(.ok, raw: approval.json)
    }

    @Sendable private func answer(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let session = try await self.supervisor.session(ofApproval: id, for: context.caller)
        var fields = try await RequestFields(request.json(context))
        let answer = try AnswerRequest(&fields, by: context.caller.key?.name ?? "http")
        return try await Response.json(.ok, raw: session.answer(id, answer.answer).json)
    }
}
