/// Who asks: goes along with every request, and decides what exists for it.
package struct Caller: Sendable, Equatable {
    /// On a server without keys: whoever reaches it may do everything.
    package static let anonymous = Caller(key: nil, name: "anonymous", scopes: Set(Scope.allCases))
    /// The server itself.
    package static let system = Caller(key: nil, name: "system", scopes: Set(Scope.allCases))

    /// Who has shown no key, where there are keys: nothing exists for it.
    package static let nobody = Caller(
        key: nil,
        name: "nobody",
        scopes: [],
        onlySession: SessionAddress(owner: "", id: "")
    )

    /// `nil` on a server without keys.
    package let key: AccessKey?
    /// For the audit and for `by`.
    package let name: String
    package let scopes: Set<Scope>
    /// The one session a viewer link shows, and nothing else.
    package let onlySession: SessionAddress?
    /// When a viewer link ends, in seconds since 1970.
    package let expires: Int?

    private init(
        key: AccessKey?,
        name: String,
        scopes: Set<Scope>,
        onlySession: SessionAddress? = nil,
        expires: Int? = nil
    ) {
        self.key = key
        self.name = name
        self.scopes = scopes
        self.onlySession = onlySession
        self.expires = expires
    }

    /// The holder of a key.
    package init(_ key: AccessKey) {
        self.init(key: key, name: key.name, scopes: key.scopes)
    }

    /// The same, held to one session and to looking: the holder of a viewer link.
    ///
    /// - Parameters:
    ///   - session: what it shows.
    ///   - expires: when the link ends, in seconds since 1970.
    /// - Returns: the holder of the link.
    package func viewer(of session: SessionAddress, until expires: Int) -> Caller {
        Caller(
            key: self.key,
            name: "\(self.name) (viewer link)",
            scopes: [.read],
            onlySession: session,
            expires: expires
        )
    }

    /// What its sessions are filed under.
    package var owner: String? { self.key?.id }

    package func may(_ scope: Scope) -> Bool {
        self.scopes.contains(scope)
    }

    /// Whether sessions of this owner exist for it.
    package func maySee(owner: String?) -> Bool {
        owner == self.owner || self.may(.admin)
    }

    /// Whether this session exists for it.
    package func maySee(_ address: SessionAddress) -> Bool {
        if let onlySession { return address == onlySession }
        return self.maySee(owner: address.owner)
    }
}

/// A session's place among all: each owner has ids of its own, so that a taken id tells nothing of others.
package struct SessionAddress: Sendable, Hashable {
    package let owner: String?
    package let id: String

    package init(owner: String?, id: String) {
        self.owner = owner
        self.id = id
    }

    /// As it is written where sessions of several owners stand side by side: `owner~id`.
    package var qualified: String {
        self.owner.map { "\($0)~\(self.id)" } ?? self.id
    }

    /// Reads `owner~id`; neither part can hold a `~`.
    package init?(qualified: String) {
        let parts = qualified.split(separator: "~", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        self.init(owner: String(parts[0]), id: String(parts[1]))
    }
}
