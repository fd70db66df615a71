/// Where a server is, and how to be let in.
package struct ServerAddress: Sendable {
    /// `http://127.0.0.1:7420`, with the path it lives below and without a slash at the end.
    package let base: String
    package let key: String?
    /// A file of certificates to trust, as PEM; `nil` for the system's.
    package let certificates: String?

    package init(base: String, key: String?, certificates: String?) {
        self.base = base
        self.key = key
        self.certificates = certificates
    }
}

/// Why nothing came of a call to a server, for people, on one line.
package struct ServerCallError: Error {
    package let message: String
    /// Nothing answered there, or nothing in time.
    package let isUnreachable: Bool

    init(_ message: String, isUnreachable: Bool = false) {
        self.message = message
        self.isUnreachable = isUnreachable
    }
}
