import Actors
import Agent
import Hummingbird
import NIOCore
import Storage

/// `GET /v1/audit`: who did what.
///
/// A key sees its own acts and those on its own sessions; with `admin` it sees all.
struct AuditRoutes {
    let audit: AuditTrail

    func add(to endpoints: Endpoints) {
        endpoints.on(.get, "audit", "listAudit", needs: .read, use: self.list)
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let parameters = request.uri.queryParameters
        var query = AuditQuery(limit: try request.number("limit", in: 1...1000, default: 100))
        query.asker = context.caller.may(.admin) ? nil : context.caller.owner
        if let session = parameters["session"] {
            // One that is not the caller's own is named as owner~id.
            let parts = session.split(separator: "~", maxSplits: 1).map(String.init)
            query.session = parts.last
            if parts.count == 2 { query.owner = parts.first }
        }
        query.actor = parameters["actor"].map(String.init)
        query.action = parameters["action"].map(String.init)
        query.from = try Self.time("from", parameters["from"])
        query.to = try Self.time("to", parameters["to"])
        if let cursor = parameters["cursor"] {
            guard let number = Int64(cursor), number > 0 else {
                throw Problem(.invalidCursor, "The cursor is none that this list gave out.")
            }
            query.before = number
        }
        let entries: [AuditEntry]
        do throws(StorageError) {
            entries = try await self.audit.entries(query)
        } catch {
            throw SessionError(.storageUnavailable, "The store cannot be read: \(error.code.rawValue).")
        }
        return Response.json(.ok, raw: Self.answer(entries, isFull: entries.count == query.limit, for: context.caller))
    }

    /// `{"entries":[…],"next_cursor":…}`, newest first.
    private static func answer(_ entries: [AuditEntry], isFull: Bool, for caller: Caller) -> ByteBuffer {
        var buffer = ByteBuffer(string: "{\"entries\":[")
        for (place, entry) in entries.enumerated() {
            if place > 0 { buffer.writeString(",") }
            Self.append(entry, for: caller, to: &buffer)
        }
        buffer.writeString("],\"next_cursor\":")
        buffer.writeString(isFull ? entries.last.map { "\"\($0.number)\"" } ?? "null" : "null")
        buffer.writeString("}")
        return buffer
    }

    private static func append(_ entry: AuditEntry, for caller: Caller, to buffer: inout ByteBuffer) {
        buffer.writeString("{\"number\":\(entry.number)")
        func write(_ key: StaticString, _ value: String?) {
            guard let value else { return }
            JSONText.appendKey(key, to: &buffer)
            JSONText.append(value, to: &buffer)
        }
        let session = entry.session.map { id in
            entry.owner == caller.owner ? id : SessionAddress(owner: entry.owner, id: id).qualified
        }
        write("at", entry.at)
        write("action", entry.action)
        write("outcome", entry.outcome)
        write("actor", entry.actor)
        write("key", entry.key)
        write("session", session)
        write("owner", entry.owner)
        write("target", entry.target)
        write("origin", entry.origin)
        write("request_id", entry.request)
        JSONText.appendKey("details", to: &buffer)
        buffer.writeImmutableBuffer(entry.details)
        write("digest", entry.digest)
        buffer.writeString("}")
    }

    private static func time(_ name: String, _ text: Substring?) throws(Problem) -> String? {
        guard let text else { return nil }
        guard let time = Timestamp.normal(String(text)) else {
            throw Problem(.badRequest, "\(name) is a day as 2026-11-21 or a time as 2026-11-21T10:30:00Z.")
        }
        return time
    }
}
