import Actors
import Agent
import HTTPTypes
import Hummingbird
import NIOCore

/// `/v1/templates`: named sets of session options.
struct TemplateRoutes {
    let supervisor: Supervisor

    func add(to endpoints: Endpoints) {
        endpoints.on(.get, "templates", "listTemplates", needs: .read, use: self.list)
        endpoints.on(.get, "templates/:template", "getTemplate", needs: .read, use: self.get)
        endpoints.on(.post, "templates/reload", "reloadTemplates", needs: .admin, class: .work, use: self.reload)
    }

    private struct Reloaded: Encodable {
        struct Fault: Encodable {
            let template: String
            let file: String
            let message: String
        }

        let count: Int
        let names: [String]
        let added: [String]
        let changed: [String]
        let removed: [String]
        /// Files that make no template; what was in force under their names still is.
        let broken: [Fault]
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        Response.json(.ok, array: "templates", self.supervisor.templates.templates.map(Self.json))
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let template = try self.supervisor.templates.template(context.parameters.require("template"))
        return Response.json(.ok, raw: Self.json(template))
    }

    @Sendable private func reload(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await RequestFields(request.json(context))
        try fields.finish()
        let shelf = self.supervisor.templates
        let change = shelf.reload()
        let names = shelf.templates.map(\.name)
        return Response.json(
            .ok,
            Reloaded(
                count: names.count,
                names: names,
                added: change.added,
                changed: change.changed,
                removed: change.removed,
                broken: change.faults.map { Reloaded.Fault(template: $0.name, file: $0.file, message: $0.message) }
            )
        )
    }

    private static func json(_ template: Template) -> ByteBuffer {
        struct View: Encodable {
            let name: String
            let description: String
            let builtIn: Bool
        }
        var buffer = EventData.encode(
            View(name: template.name, description: template.description, builtIn: template.isBuiltIn)
        )
        buffer.moveWriterIndex(to: buffer.writerIndex - 1)
        buffer.writeString(",\"options\":")
        buffer.writeImmutableBuffer(template.options)
        buffer.writeString("}")
        return buffer
    }
}
