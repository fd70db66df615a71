package import NIOCore

/// `rate_limit_event`: how much of a subscription's limit is used.
///
/// Declared in the CLI's message schema and never recorded, for with an API key there are none.
package struct RateLimitEvent: Sendable, Equatable {
    /// `allowed`, `allowed_warning` or `rejected`.
    package var status: String
    /// In seconds since 1970.
    package var resetsAt: Int?
    /// Which limit it is, as `five_hour`.
    package var rateLimitType: String?
    /// The part used, as the CLI passes it on; whether all of it is 1 or 100 was not seen.
    package var utilization: Double?

    /// Reads a `rate_limit_event` line; throws `malformed_message` if it is none.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), object.string("type") == "rate_limit_event",
            let info = object.object("rate_limit_info"), let status = info.string("status")
        else { throw AgentError(.malformedMessage, "not a rate limit event") }
        self.status = status
        self.resetsAt = info.int("resetsAt")
        self.rateLimitType = info.string("rateLimitType")
        self.utilization = info.double("utilization")
    }
}
