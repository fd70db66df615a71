package import NIOCore

/// `system/api_retry`: a request to the API failed and is made again after a while.
package struct ApiRetry: Sendable, Equatable {
    /// Of the request that failed, from 1.
    package var attempt: Int
    package var maxRetries: Int
    /// How long the CLI waits before the next attempt.
    package var retryDelayMS: Int
    /// The HTTP status, absent if there was no answer.
    package var errorStatus: Int?
    /// Such as `rate_limit`, `overloaded`, `authentication_failed`, `unknown`.
    package var error: String?

    /// Reads an `api_retry` line; throws `malformed_message` if it is none.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), object.string("type") == "system",
            object.string("subtype") == "api_retry", let attempt = object.int("attempt")
        else { throw AgentError(.malformedMessage, "not an API retry") }
        self.attempt = attempt
        self.maxRetries = object.int("max_retries") ?? 0
        self.retryDelayMS = object.int("retry_delay_ms") ?? 0
        self.errorStatus = object.int("error_status")
        self.error = object.string("error")
    }
}
