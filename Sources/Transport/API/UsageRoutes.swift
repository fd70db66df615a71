import Actors
import HTTPTypes
import Hummingbird
import Storage

/// `GET /v1/usage`: what was used, by session, day or model, from the CLI's own numbers.
struct UsageRoutes {
    /// What a row stands for.
    private enum Grouping: String {
        case session, day, model
    }

    private struct Row: Encodable {
        let key: String
        var turns = 0
        var inputTokens = 0
        var outputTokens = 0
        var cacheReadInputTokens = 0
        var cacheCreationInputTokens = 0
        var costUsd = 0.0

        mutating func add(_ entry: UsageEntry) {
            self.turns += entry.turns
            self.inputTokens += entry.inputTokens
            self.outputTokens += entry.outputTokens
            self.cacheReadInputTokens += entry.cacheReadInputTokens
            self.cacheCreationInputTokens += entry.cacheCreationInputTokens
            self.costUsd += entry.costUSD
        }
    }

    private struct Answer: Encodable {
        let by: String
        let usage: [Row]
        let total: Row
    }

    let supervisor: Supervisor

    func add(to endpoints: Endpoints) {
        endpoints.on(.get, "usage", "getUsage", needs: .read, use: self.usage)
    }

    @Sendable private func usage(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = request.uri.queryParameters
        guard let grouping = Grouping(rawValue: String(query["by"] ?? "session")) else {
            throw Problem(.badRequest, "by is session, day or model.")
        }
        let entries: [UsageEntry]
        do {
            entries = try await self.supervisor.usage(
                from: Self.day(query["from"]),
                through: Self.day(query["to"]),
                session: query["session"].map(String.init),
                for: context.caller
            )
        } catch let error as StorageError {
            throw SessionError(.storageUnavailable, "The store cannot be read: \(error.code.rawValue).")
        }
        var rows: [String: Row] = [:]
        var total = Row(key: "total")
        for entry in entries {
            let key =
                switch grouping {
                case .session: entry.session
                case .day: entry.day
                case .model: entry.model
                }
            rows[key, default: Row(key: key)].add(entry)
            total.add(entry)
        }
        let sorted = rows.values.sorted { $0.key < $1.key }
        return Response.json(.ok, Answer(by: grouping.rawValue, usage: sorted, total: total))
    }

    /// A day as `2026-11-21`.
    private static func day(_ text: Substring?) throws(Problem) -> String? {
        guard let text else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], Timestamp.normal(String(text)) != nil else {
            throw Problem(.badRequest, "A day is written as 2026-11-21.")
        }
        return String(text)
    }
}
