package import NIOCore

/// What a webhook's receiver is sent.
package struct WebhookCall: Sendable {
    package let url: String
    /// Empty for a call that is not signed.
    package let secret: String
    /// `X-Troupe-Delivery`.
    package let delivery: String
    /// `X-Troupe-Event`.
    package let event: String
    package let body: ByteBuffer
}

/// What came of a call.
package struct WebhookOutcome: Sendable, Equatable {
    /// Why a call came to nothing.
    package enum Failure: String, Sendable {
        /// The server may not call that address; no connection was made.
        case refused = "target_refused"
        /// The key it was for opens nothing any more; no connection was made.
        case keyGone = "key_gone"
        case unresolved = "name_not_resolved"
        case unreachable = "connection_failed"
        case tls = "tls_failed"
        case timedOut = "timed_out"
        /// The receiver answered with something else than 2xx; redirects are not followed.
        case status = "bad_status"
        /// It wrote something that is not HTTP, or broke off.
        case broken = "bad_response"
    }

    package let status: Int?
    package let failure: Failure?
    package let tookMs: Int

    package init(status: Int? = nil, failure: Failure? = nil, tookMs: Int) {
        self.status = status
        self.failure = failure
        self.tookMs = tookMs
    }

    var isDelivered: Bool { self.failure == nil }
    /// Whether another try would be pointless: it is refused, or nobody wants it any more.
    var isFinal: Bool { self.failure == .refused || self.failure == .keyGone || self.status == 410 }
}

/// Makes calls to the outside; who implements it knows HTTP.
package protocol WebhookCaller: Sendable {
    /// One call, within the caller's own time limits; a cancelled task ends it early.
    func call(_ call: WebhookCall) async -> WebhookOutcome

    /// Whether a host may be called at all, as far as can be said now.
    func mayCall(_ url: WebhookURL) async -> Bool
}

/// In a house that calls nobody.
package struct NoWebhookCaller: WebhookCaller {
    package init() {}

    package func call(_ call: WebhookCall) async -> WebhookOutcome { WebhookOutcome(failure: .refused, tookMs: 0) }

    package func mayCall(_ url: WebhookURL) async -> Bool { false }
}
