import Actors
import Agent
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Refusals as mcp-coding-agents words them: `{"error":{"code","message","details"},"timestamp","requestId"}`.
enum CodingAgentsErrors {
    /// The code of a request without sense.
    static let invalidRequest = "INVALID_REQUEST"
    static let rateLimitExceeded = "RATE_LIMIT_EXCEEDED"

    /// What is wrong with a request, in the original's words.
    static func invalid(_ message: String) -> Problem {
        Problem(.badRequest, Self.invalidRequest, message)
    }

    /// The answer to a request that is refused.
    static func response(_ problem: Problem, _ context: APIContext) -> Response {
        let (status, code, message) = Self.words(problem, context)
        var error = JSONMembers()
        error.put("code", code)
        error.put("message", message)
        error.put("details", raw: Self.details(problem, context))
        var body = JSONMembers()
        body.put("error", error)
        body.put("timestamp", Timestamp.now())
        body.put("requestId", context.requestID)
        var response = Response.json(status, raw: body.bytes)
        if let seconds = problem.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
        // RFC 9110 §11.6.1: a 401 says how to do better.
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer realm=\"troupe\"" }
        if let allowed = problem.allowed { response.headers[.allow] = allowed }
        context.facts.window?.add(to: &response.headers)
        return response
    }

    /// Status, code and message of a refusal, as the original has them.
    static func words(
        _ problem: Problem,
        _ context: APIContext
    ) -> (status: HTTPResponse.Status, code: String, message: String) {
        switch problem.status {
        case .unauthorized:
            // A key that opens nothing is another mistake than none.
            problem.lacksKey
                ? (.unauthorized, "MISSING_API_KEY", "Missing x-api-key header")
                : (.forbidden, "INVALID_API_KEY", "Invalid API key")
        case .notFound where problem.code == Problem.Code.notFound.rawValue:
            (.notFound, "NOT_FOUND", "Cannot find \(context.clientPath)")
        case .unprocessableContent:
            (.badRequest, Self.invalidRequest, problem.detail)
        case .badRequest where problem.code == Problem.Code.invalidJSON.rawValue:
            (.badRequest, Self.invalidRequest, "Invalid request body format")
        case .badRequest, .unsupportedMediaType, .contentTooLarge:
            (problem.status, Self.invalidRequest, problem.detail)
        case .requestTimeout:
            (.requestTimeout, "REQUEST_TIMEOUT", problem.detail)
        case .tooManyRequests where problem.code == Problem.Code.rateLimited.rawValue:
            (.tooManyRequests, Self.rateLimitExceeded, problem.detail)
        case .tooManyRequests where Self.fullHouse.contains(problem.code):
            (.tooManyRequests, "MAX_SESSIONS_REACHED", problem.detail)
        default:
            (problem.status, problem.code.uppercased(), problem.detail)
        }
    }

    /// The core's codes for what the original knows as too many sessions.
    private static let fullHouse = [
        SessionError.Code.sessionLimit.rawValue, SessionError.Code.admissionFull.rawValue,
    ]

    private static func details(_ problem: Problem, _ context: APIContext) -> ByteBuffer? {
        guard problem.code == Self.rateLimitExceeded, let window = context.facts.window else { return nil }
        var details = JSONMembers()
        details.put("limit", window.limit)
        details.put("window", Int(window.length / .milliseconds(1)))
        details.put("reset", Timestamp.of(millisecondsSince1970: window.resetsAt))
        return details.bytes
    }
}
