import Actors
import Foundation
import HTTPTypes

/// Finds out who asks, from what a request brings.
///
/// `Authorization: Bearer`, `X-API-Key`, a bare `Authorization`, the cookie `troupe_token`, or a ticket in the query; a
/// token itself never in the URL. Any of them that opens the server will do.
struct Authenticator: Sendable {
    static let cookie = "troupe_token"
    private static let apiKey = HTTPField.Name("X-API-Key")

    let keys: KeyRing
    /// Signs the tickets of a server without keys, which nobody checks.
    private let openSecret = KeyToken.make().token

    init(keys: KeyRing) {
        self.keys = keys
    }

    /// What a request brought to show who it is.
    struct Credentials: Sendable {
        var token: String?
        /// What else may be a token: a client of several systems may bring more than one.
        var others: [String] = []
        var ticket: String?

        init(token: String? = nil, ticket: String? = nil) {
            self.token = token
            self.ticket = ticket
        }

        /// - Parameters:
        ///   - authorization: that header.
        ///   - apiKey: `X-API-Key`.
        ///   - cookie: all cookies.
        ///   - ticket: of the query.
        init(authorization: String?, apiKey: String?, cookie: String?, ticket: String?) {
            let bearer = authorization.flatMap { value -> String? in
                guard value.lowercased().hasPrefix("bearer ") else { return nil }
                return value.dropFirst(7).trimmingCharacters(in: .whitespaces)
            }
            let cookies = cookie?.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
            let prefix = "\(Authenticator.cookie)="
            let stored = cookies.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            // Some clients send the key alone.
            let bare = authorization.flatMap { $0.contains(" ") ? nil : $0 }
            let tokens = [bearer, apiKey, bare, stored].compactMap(\.self)
            self.token = tokens.first
            self.others = Array(tokens.dropFirst())
            self.ticket = ticket
        }

        init(_ headers: HTTPFields, ticket: String?) {
            self.init(
                authorization: headers[.authorization],
                apiKey: Authenticator.apiKey.flatMap { headers[$0] },
                cookie: headers[.cookie],
                ticket: ticket
            )
        }

        var isEmpty: Bool { self.token == nil && self.ticket == nil }
    }

    /// Who brought these.
    ///
    /// - Returns: `nil` when they open nothing; on a server without keys, everybody is `anonymous`.
    func caller(_ credentials: Credentials, now: Date = Date()) -> Caller? {
        guard self.keys.isRequired else { return .anonymous }
        if let token = credentials.token {
            return self.keys.caller(token) ?? credentials.others.lazy.compactMap { self.keys.caller($0) }.first
        }
        guard let text = credentials.ticket, let ticket = Ticket(text), let key = self.keys.key(ticket.keyID),
            ticket.isGenuine(text, secret: key.digest), now.timeIntervalSince1970 < Double(ticket.expires)
        else { return nil }
        let caller = Caller(key)
        guard let session = ticket.session else { return caller }
        return SessionAddress(qualified: session).map { caller.viewer(of: $0, until: ticket.expires) }
    }

    /// A ticket of a caller's making.
    ///
    /// - Parameters:
    ///   - caller: who makes it.
    ///   - session: the one session it shows, or `nil` for all that its maker may do.
    ///   - life: seconds.
    ///   - now: the time.
    /// - Returns: what `?ticket=` takes.
    func ticket(of caller: Caller, for session: SessionAddress?, life: TimeInterval, now: Date = Date()) -> String {
        let ticket = Ticket(
            keyID: caller.key?.id ?? "",
            expires: Int(now.timeIntervalSince1970 + life),
            session: session?.qualified
        )
        return ticket.signed(with: caller.key?.digest ?? self.openSecret)
    }

    /// The refusal of who shows nothing, or something that opens nothing.
    static func refusal(_ credentials: Credentials) -> Problem {
        guard credentials.isEmpty else {
            return Problem(.unauthorized, "This key opens nothing here; it may have expired.")
        }
        var problem = Problem(.unauthorized, "This server wants a key: send it as Authorization: Bearer.")
        problem.lacksKey = true
        return problem
    }
}
