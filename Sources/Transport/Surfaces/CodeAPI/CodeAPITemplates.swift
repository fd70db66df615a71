import Actors
import Agent
import Foundation
import Hummingbird
import NIOCore

/// `/api/v1/templates` of claude-code-api: the server's own templates, with that system's fields.
struct CodeAPITemplates {
    let house: CodeAPIHouse

    func add(to endpoints: Endpoints) {
        self.house.on(endpoints, .get, "templates", "ccaListTemplates", needs: nil, use: self.list)
        self.house.on(endpoints, .get, "templates/:template", "ccaGetTemplate", needs: nil, use: self.get)
        self.house.on(
            endpoints,
            .post,
            "templates/reload",
            "ccaReloadTemplates",
            needs: .admin,
            class: .work,
            use: self.reload
        )
    }

    private var shelf: TemplateShelf { self.house.supervisor.templates }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        var object = JSONMembers()
        for template in self.shelf.templates { object.put(named: template.name, raw: Self.json(template)) }
        return CodeAPIEnvelope.response(.ok, object.bytes, context)
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let part = try context.parameters.require("template")
        let name = part.removingPercentEncoding ?? part
        let template: Template
        do throws(SessionError) {
            template = try self.shelf.template(name)
        } catch {
            throw Problem(.notFound, error.code.rawValue, "Template '\(name)' not found")
        }
        return CodeAPIEnvelope.response(.ok, Self.json(template), context)
    }

    @Sendable private func reload(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = self.shelf.reload()
        let names = self.shelf.templates.map(\.name)
        var object = JSONMembers()
        object.put("count", names.count)
        object.put("names", names)
        return CodeAPIEnvelope.response(.ok, object.bytes, context)
    }

    /// `system_prompt`, `effort`, `name`, and what else of that system's fields it has.
    private static func json(_ template: Template) -> ByteBuffer {
        let options = JSONObject(template.options)
        var object = JSONMembers()
        object.put("system_prompt", options?.string("system_prompt") ?? options?.string("append_system_prompt") ?? "")
        object.put("effort", options?.string("effort"))
        object.put("name", template.name)
        object.put("model", options?.string("model"))
        object.put("max_turns", options?.int("max_turns"))
        object.put("permission_mode", options?.string("permission_mode"))
        object.put("allowed_tools", options?.strings("allowed_tools")?.joined(separator: ","))
        object.put("disallowed_tools", options?.strings("disallowed_tools")?.joined(separator: ","))
        return object.bytes
    }
}
