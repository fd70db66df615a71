import Agent
import ArgumentParser
import Foundation
import NIOCore
import Transport

/// `troupe ls`: the sessions of a running server.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the sessions of a running server, the newest activity first."
    )

    /// What the server gives at once.
    private static let pageSize = 1000

    @OptionGroup var server: ServerOptions

    @Option(help: "Only those in this state.")
    var state: String?

    @Option(help: "Only those with this tag.")
    var tag: String?

    @Flag(help: "Only those that wait for a person.")
    var needsInput = false

    @Option(help: "How many at most. (default: all)")
    var limit: Int?

    func run() async throws {
        guard self.limit.map({ $0 > 0 }) ?? true else { throw Failure("--limit takes a number above 0") }
        let sessions = try await self.server.withClient { try await self.sessions($0) }
        let screen = Screen(notesAreAnswers: false)
        if self.server.json {
            for session in sessions { screen.line(String(buffer: session.bytes)) }
        } else {
            for line in Self.table(sessions) { screen.line(line) }
        }
    }

    private func sessions(_ client: ServerClient) async throws -> [JSONObject] {
        var sessions: [JSONObject] = []
        var cursor: String?
        repeat {
            var components = URLComponents()
            let left = self.limit.map { $0 - sessions.count } ?? Self.pageSize
            let items = [
                ("limit", "\(min(left, Self.pageSize))"), ("state", self.state), ("tag", self.tag),
                ("needs_input", self.needsInput ? "true" : nil), ("cursor", cursor),
            ]
            components.queryItems = items.compactMap { name, value in value.map { URLQueryItem(name: name, value: $0) }
            }
            // URLComponents leaves a plus as it is, which a query takes for a space.
            let query = components.percentEncodedQuery?.replacing("+", with: "%2B") ?? ""
            let page = try await client.object("GET", "/v1/sessions?\(query)")
            sessions += (page.array("sessions") ?? []).compactMap { JSONObject($0) }
            cursor = page.string("next_cursor")
        } while cursor != nil && sessions.count < self.limit ?? .max
        return sessions
    }

    /// Lines of columns; one line of words when there are none.
    static func table(_ sessions: [JSONObject]) -> [String] {
        guard !sessions.isEmpty else { return ["no sessions"] }
        let rows =
            [["SESSION", "STATE", "MODEL", "TURNS", "USD", "LAST ACTIVITY", "NAME"]]
            + sessions.map { session in
                let usage = session.object("usage")
                let state = session.string("state") ?? ""
                return [
                    session.string("id") ?? "",
                    state + (session.string("waiting_on").map { " (\($0))" } ?? ""),
                    session.string("model") ?? "-",
                    "\(usage?.int("turns") ?? 0)",
                    String(format: "%.2f", usage?.double("cost_usd") ?? 0),
                    session.string("last_activity_at") ?? "",
                    session.string("name") ?? "",
                ].map { Screen.brief($0, 64) }
            }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }
}
