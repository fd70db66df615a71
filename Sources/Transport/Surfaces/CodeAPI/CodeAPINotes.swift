import Actors

/// What the surface of claude-code-api keeps with a session that it has made.
enum CodeAPINotes {
    /// That it was made here.
    static let made = "cca"
    /// The user it is for, as its client calls it.
    static let user = "cca_user"
    /// That nobody has named a permission mode, so that the one it has is the surface's.
    static let hasUsualMode = "cca_usual_mode"

    /// That what it may spend is what one request may cost, request by request.
    static let hasRequestBudget = "cca_request_budget"

    /// Whom sessions are for if nobody says: the id of the caller's key.
    ///
    /// The original has the key itself here, in clear.
    static func user(of owner: String?) -> String { owner ?? "anonymous" }
}

extension SessionDetails {
    /// Whether claude-code-api's surface has made it.
    var isOfCodeAPI: Bool { self.options.notes?[CodeAPINotes.made] != nil }

    /// The user it is for, as claude-code-api has users.
    var codeAPIUser: String {
        self.options.notes?[CodeAPINotes.user] ?? CodeAPINotes.user(of: self.summary.owner)
    }
}
