import HTTPTypes
import Hummingbird
import NIOCore

/// Refusals as Anthropic's API words them: `{"type":"error","error":{"type","message"},"request_id"}`.
enum AnthropicErrors {
    /// The API's own status for a server that cannot take more.
    static let overloaded = HTTPResponse.Status(code: 529, reasonPhrase: "Overloaded")
    static let requestID = HTTPField.Name("request-id")
    private static let shouldRetry = HTTPField.Name("x-should-retry")

    static func response(_ problem: Problem, _ context: APIContext) -> Response {
        let status = Self.status(problem)
        var headers: HTTPFields = [.contentType: "application/json"]
        if let name = Self.requestID { headers[name] = context.requestID }
        if let seconds = problem.retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        if problem.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"troupe\"" }
        if let allowed = problem.allowed { headers[.allow] = allowed }
        // The CLI has asked the API often enough; an SDK would do all of that again. A conflict does not pass by itself.
        if let name = Self.shouldRetry, problem.code == "api_error" || status == .conflict { headers[name] = "false" }
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(byteBuffer: Self.document(problem, requestID: context.requestID))
        )
    }

    /// The body, which is also what a stream's `error` event says.
    static func document(_ problem: Problem, requestID: String) -> ByteBuffer {
        JSONMembers.object { json in
            json.put("type", "error")
            json.put(
                "error",
                raw: JSONMembers.object { error in
                    error.put("type", Self.type(Self.status(problem)))
                    error.put("message", Self.message(problem))
                }
            )
            json.put("request_id", requestID)
        }
    }

    /// The API knows 400 for all that is wrong with a request, and 529 for a server that is full.
    private static func status(_ problem: Problem) -> HTTPResponse.Status {
        switch problem.status.code {
        case 422, 415, 405: .badRequest
        case 410: .notFound
        case 409 where problem.code == "budget_reached":
            HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required")
        case 503, 529: Self.overloaded
        default: problem.status
        }
    }

    private static func type(_ status: HTTPResponse.Status) -> String {
        switch status.code {
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 504: "timeout_error"
        case 529: "overloaded_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }

    /// With the fields that are wrong, as `messages.0.role: …`.
    private static func message(_ problem: Problem) -> String {
        guard !problem.errors.isEmpty else { return problem.detail }
        return problem.errors.map { error in
            let path = error.pointer.split(separator: "/").joined(separator: ".")
            return path.isEmpty ? error.message : "\(path): \(error.message)"
        }
        .joined(separator: "; ")
    }
}
