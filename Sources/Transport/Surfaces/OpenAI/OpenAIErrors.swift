import Agent
import HTTPTypes
import Hummingbird
import NIOCore

/// Refusals as OpenAI's SDKs read them: `{"error":{"message","type","param","code"}}`, with statuses that they raise
/// their typed errors for.
enum OpenAIErrors {
    private static let shouldRetry = HTTPField.Name("x-should-retry")
    /// The code of a run that failed after the agent had it.
    static let runFailed = "run_failed"

    /// The answer to a request that is refused.
    ///
    /// - Parameters:
    ///   - problem: what is wrong.
    ///   - context: the request's.
    /// - Returns: the answer, with the headers that any refusal has.
    static func response(_ problem: Problem, _ context: APIContext) -> Response {
        var headers = problem.response(path: context.clientPath, requestID: context.requestID).headers
        headers[.contentType] = "application/json"
        headers[.contentLength] = nil
        // Their SDKs repeat 409, 429 and 5xx by themselves: not what an agent may have half done, nor what cannot get better.
        let code = Self.code(problem)
        if let shouldRetry, [Self.runFailed, "insufficient_quota", "interrupted"].contains(code) {
            headers[shouldRetry] = "false"
        }
        return Response(
            status: Self.status(problem),
            headers: headers,
            body: ResponseBody(byteBuffer: Self.body(problem).json(isIndented: false))
        )
    }

    /// The same as it stands in a stream.
    static func body(_ problem: Problem) -> DocumentNode {
        let parameter = problem.errors.first.map { Self.parameter($0.pointer) }
        return .of([
            "error": .of([
                "message": .string(Self.message(problem)),
                "type": .string(Self.type(problem)),
                "param": parameter.flatMap { $0.isEmpty ? nil : .string($0) } ?? .null,
                "code": .string(Self.code(problem)),
            ])
        ])
    }

    /// `/messages/0/content` as `messages[0].content`.
    static func parameter(_ pointer: String) -> String {
        pointer.split(separator: "/").reduce(into: "") { text, part in
            if Int(part) != nil { text += "[\(part)]" } else { text += "\(text.isEmpty ? "" : ".")\(part)" }
        }
    }

    private static func message(_ problem: Problem) -> String {
        guard problem.code == Problem.Code.invalidRequest.rawValue, !problem.errors.isEmpty else {
            return problem.detail
        }
        return problem.errors.map { "'\(Self.parameter($0.pointer))' \($0.message)" }.joined(separator: "; ")
    }

    /// What is wrong with a body is a 400 to them, and what is no more is not there.
    private static func status(_ problem: Problem) -> HTTPResponse.Status {
        switch problem.code {
        case "budget_reached": .tooManyRequests
        default:
            switch problem.status {
            case .unprocessableContent: .badRequest
            case .gone: .notFound
            case let status: status
            }
        }
    }

    private static func type(_ problem: Problem) -> String {
        switch Self.status(problem).code {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 409: "conflict_error"
        case 429: Self.code(problem) == "insufficient_quota" ? "insufficient_quota" : "requests"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }

    private static func code(_ problem: Problem) -> String {
        switch problem.code {
        case "unauthorized": "invalid_api_key"
        case "budget_reached", "key_budget_reached": "insufficient_quota"
        case let code where Self.status(problem) != .tooManyRequests || code == "insufficient_quota": code
        default: "rate_limit_exceeded"
        }
    }
}

extension Problem {
    /// A field whose value is wrong.
    ///
    /// - Parameters:
    ///   - parameter: where, as a JSON pointer.
    ///   - message: what is wrong: `must be a string`.
    /// - Returns: the refusal.
    static func wrong(_ parameter: String, _ message: String) -> Problem {
        Problem(
            .invalidRequest,
            "The request has fields that are wrong.",
            errors: [FieldError(pointer: parameter, message: message)]
        )
    }

    /// A field that asks for something that is not to be had here.
    static func unsupported(_ parameter: String, _ detail: String) -> Problem {
        var problem = Problem(.badRequest, "unsupported_parameter", detail)
        problem.errors = [FieldError(pointer: parameter, message: detail)]
        return problem
    }
}
