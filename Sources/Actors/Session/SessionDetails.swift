/// A session as clients see it, with what it was asked for: both of one moment.
package struct SessionDetails: Sendable {
    package let summary: SessionSummary
    package let options: SessionOptions
}

extension Session {
    /// The session with what it was asked for.
    package func details() -> SessionDetails {
        SessionDetails(summary: self.summary(), options: self.options)
    }
}
