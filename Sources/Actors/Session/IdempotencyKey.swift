/// What a client sends to say: the same again is one thing, not two (`Idempotency-Key`).
package struct IdempotencyKey: Sendable, Equatable, Codable {
    /// As the client chose it.
    package let key: String
    /// What it stood for: another content under the same key is refused.
    package let fingerprint: String

    package init(key: String, fingerprint: String) {
        self.key = key
        self.fingerprint = fingerprint
    }

    /// The refusal of another thing under this key.
    var conflict: SessionError {
        SessionError(.idempotencyConflict, "This Idempotency-Key was used for another request.")
    }
}
