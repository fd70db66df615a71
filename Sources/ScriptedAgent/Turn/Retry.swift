/// A request that the API refuses, and how often it was repeated.
struct Retry {
    /// Seconds between the attempts, as they were measured.
    private static let delays: [Double] = [0.5, 1, 2.3, 4.5, 9.5, 19, 39, 36, 34, 38]
    private static let repeatedStatuses: Set<Int> = [401, 429, 500, 502, 503, 529]

    let status: Int
    /// How often it is refused; nil is always.
    let times: Int?
    /// When it is repeated.
    var until = Duration.zero
    private var attempt = 0
    private let maximum = Int(Environment.number("CLAUDE_CODE_MAX_RETRIES") ?? 10)
    /// The delay before each attempt instead of the measured ones.
    private let shortDelay = Environment.number("TROUPE_SCRIPT_RETRY_MS").map { Int($0) }

    init(status: Int, times: Int?) {
        self.status = status
        self.times = times
    }

    /// Whether this attempt is let through.
    var isLetThrough: Bool { self.times.map { self.attempt >= $0 } ?? false }

    /// Whether the request is given up.
    var isGivenUp: Bool { !Self.repeatedStatuses.contains(self.status) || self.attempt >= self.maximum }

    /// Moves on to the next attempt; the delay before it in milliseconds.
    mutating func again(now: Duration) -> Int {
        let delay = self.shortDelay ?? Int(Self.delays[min(self.attempt, Self.delays.count - 1)] * 1000)
        self.attempt += 1
        self.until = now + .milliseconds(delay)
        return delay
    }

    /// The members of `system/api_retry`.
    func line(delay: Int) -> KeyValuePairs<String, JSON> {
        [
            "attempt": JSON(self.attempt), "max_retries": JSON(self.maximum), "retry_delay_ms": JSON(delay),
            "error_status": JSON(self.status), "error": .string(self.retryName),
        ]
    }

    private var retryName: String {
        switch self.status {
        case 401: "authentication_failed"
        case 429: "rate_limit"
        case 529: "overloaded"
        default: "server_error"
        }
    }

    /// What is told once it is given up, for a request to that model.
    func refusal(model: String) -> Refusal {
        Refusal(
            status: self.status,
            name: self.errorName,
            type: self.errorType,
            text: self.text(model: model),
            reason: self.status == 413 ? "image_error" : "api_error"
        )
    }

    private var errorName: String {
        switch self.status {
        case 401, 403: "authentication_failed"
        case 404: "model_not_found"
        case 413: "invalid_request"
        case 429: "rate_limit"
        case 500...599: "server_error"
        default: "unknown"
        }
    }

    private var errorType: String {
        switch self.status {
        case 400: "invalid_request_error"
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 529: "overloaded_error"
        default: "api_error"
        }
    }

    private func text(model: String) -> String {
        switch self.status {
        case 401, 403: "Failed to authenticate. API Error: \(self.status) stub says \(self.status)"
        case 404:
            "There's an issue with the selected model (\(model)). It may not exist or you may not have access to it."
        case 413:
            "Request too large (max 32MB). Accumulated images and attachments in the conversation pushed the request "
                + "over the limit. Remove older images or compact the conversation."
        case 429: "API Error: Request rejected (429) · stub says 429"
        case 500...599:
            "API Error: \(self.status) stub says \(self.status). This is a server-side issue, usually temporary — try "
                + "again in a moment."
        default: "API Error: \(self.status) stub says \(self.status)"
        }
    }
}
