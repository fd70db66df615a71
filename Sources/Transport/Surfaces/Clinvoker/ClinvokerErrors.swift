import Agent
import HTTPTypes
import Hummingbird
import NIOCore

/// Refusals as clinvoker words them (001 §4): problem documents, but for what its outer layers say themselves.
enum ClinvokerErrors {
    /// - Parameters:
    ///   - problem: what is wrong.
    ///   - context: the request's.
    /// - Returns: the answer.
    static func response(_ problem: Problem, _ context: APIContext) -> Response {
        var headers: HTTPFields = [.cacheControl: "no-store"]
        if let seconds = problem.retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        switch (problem.status, problem.code) {
        case (.unauthorized, _):
            headers[.wwwAuthenticate] = "Bearer"
            let message = problem.lacksKey ? "missing API key" : "invalid API key"
            return Self.short(problem.status, "unauthorized", message, headers)
        case (.contentTooLarge, _):
            let message = "request body exceeds size limit (\(context.maxUploadSize) bytes)"
            return Self.short(problem.status, "request_too_large", message, headers)
        case (.tooManyRequests, let code):
            let isRate = code == Problem.Code.rateLimited.rawValue
            let message = isRate ? "rate limit exceeded, please retry later" : problem.detail
            return Self.short(problem.status, "too_many_requests", message, headers)
        case (.methodNotAllowed, _):
            headers[.allow] = problem.allowed
            return Response(status: problem.status, headers: headers)
        case (.notFound, Problem.Code.notFound.rawValue):
            headers[.contentType] = "text/plain; charset=utf-8"
            let text = ByteBuffer(string: "404 page not found\n")
            return Response(status: problem.status, headers: headers, body: ResponseBody(byteBuffer: text))
        default:
            return Self.document(problem, context, headers)
        }
    }

    /// What stands before a handler: a word for programs and a sentence.
    private static func short(
        _ status: HTTPResponse.Status,
        _ error: String,
        _ message: String,
        _ headers: HTTPFields
    ) -> Response {
        var object = JSONObjectWriter()
        object.add("error", error)
        object.add("message", message)
        return Response.json(status, raw: object.json, headers: headers)
    }

    private static func document(_ problem: Problem, _ context: APIContext, _ headers: HTTPFields) -> Response {
        var object = JSONObjectWriter(.errorModel, context)
        object.add("title", problem.status.reasonPhrase)
        object.add("status", problem.status.code)
        object.add("detail", Self.detail(problem))
        let errors = problem.errors.map { flaw in
            var item = JSONObjectWriter()
            item.add("message", flaw.message)
            item.add("location", flaw.pointer)
            return item.json
        }
        object.add("errors", array: errors.isEmpty ? nil : errors)
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers.append(contentsOf: Self.link(.errorModel, context))
        return Response(status: problem.status, headers: headers, body: ResponseBody(byteBuffer: object.json))
    }

    /// The header that says where an answer's schema is.
    static func link(_ schema: ClinvokerSchema.Name, _ context: APIContext) -> HTTPFields {
        guard let name = HTTPField.Name("Link") else { return [:] }
        return [name: "<\(schema.path(context))>; rel=\"describedBy\""]
    }

    private static func detail(_ problem: Problem) -> String {
        switch problem.code {
        case "session_not_found", "ambiguous_session", "session_ended": "session not found"
        default: problem.detail
        }
    }
}
