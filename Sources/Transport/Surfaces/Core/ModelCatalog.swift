import Actors
import Agent
import Synchronization

/// The models that a client may name: those the CLI itself offers, once a process of the house has been asked.
final class ModelCatalog: Sendable {
    /// One of them.
    struct Model: Sendable, Equatable {
        let id: String
        let name: String
    }

    /// The name that stands for the server's own choice.
    static let server = Model(id: "claude", name: "Claude, the model that this server is set to")
    /// The CLI's own short names, which every version of it knows.
    private static let families = [
        Model(id: "opus", name: "Opus"), Model(id: "sonnet", name: "Sonnet"), Model(id: "haiku", name: "Haiku"),
    ]

    private let supervisor: Supervisor
    private let told = Mutex<[Model]>([])

    init(_ supervisor: Supervisor) {
        self.supervisor = supervisor
    }

    /// All of them, `claude` first; a session of the caller's is asked when none was before.
    func models(for caller: Caller) async -> [Model] {
        var told = self.told.withLock { $0 }
        if told.isEmpty {
            told = await self.ask(for: caller)
            let found = told
            self.told.withLock { $0 = found }
        }
        return [Self.server] + (told.isEmpty ? Self.families : told)
    }

    /// What the first of the caller's sessions says that has a process with nothing to do.
    private func ask(for caller: Caller) async -> [Model] {
        for summary in await self.supervisor.summaries(for: caller) where summary.state == .idle {
            let address = SessionAddress(owner: summary.owner, id: summary.id)
            guard let session = try? await self.supervisor.session(at: address, for: caller),
                let facts = try? await session.agentFacts(), let models = JSONObject(facts)?.array("models"),
                !models.isEmpty
            else { continue }
            return Self.read(models.compactMap { JSONObject($0) })
        }
        return []
    }

    /// Each model by its short name and by its own, once.
    private static func read(_ models: [JSONObject]) -> [Model] {
        var found: [Model] = []
        for model in models {
            let name = model.string("displayName")
            for id in [model.string("value"), model.string("resolvedModel")].compactMap(\.self)
            where id != "default" && id != Self.server.id && !found.contains(where: { $0.id == id }) {
                found.append(Model(id: id, name: name ?? id))
            }
        }
        return found
    }
}
