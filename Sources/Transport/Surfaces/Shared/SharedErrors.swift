import Actors
import Agent
import HTTPTypes
import Hummingbird
import NIOCore

/// Refusals on the paths of several systems: a problem document for the readers of `detail`, with the object that readers
/// of `error.code` look for (RFC 9457 §3.2 allows members of one's own).
enum SharedErrors {
    /// The answer to a request that is refused.
    static func response(_ problem: Problem, _ context: APIContext) -> Response {
        let words = CodingAgentsErrors.words(problem, context)
        // So a wrong key is 401 here, as two of the three have it.
        let status = problem.status
        var error = JSONMembers()
        error.put("code", words.code)
        error.put("message", problem.status == .notFound ? problem.detail : words.message)
        var body = JSONMembers()
        body.put("type", "about:blank")
        body.put("title", status.reasonPhrase)
        body.put("status", Int(status.code))
        body.put("detail", problem.detail)
        body.put("instance", context.clientPath)
        body.put("request_id", context.requestID)
        if !problem.errors.isEmpty { body.put("errors", array: problem.errors.map(Self.field)) }
        body.put("error", error)
        body.put("timestamp", Timestamp.now())
        body.put("requestId", context.requestID)
        var response = problem.response(path: context.clientPath, requestID: context.requestID)
        response.body = ResponseBody(byteBuffer: body.bytes)
        return response
    }

    /// One field that was wrong, by all the names that the systems have for its parts.
    private static func field(_ error: Problem.FieldError) -> ByteBuffer {
        let path = ["body"] + error.pointer.split(separator: "/").map(String.init)
        var item = JSONMembers()
        item.put("field", path.joined(separator: " -> "))
        item.put("location", path.joined(separator: "."))
        item.put("message", error.message)
        item.put("msg", error.message)
        item.put("type", error.message == "is missing" ? "missing" : "value_error")
        item.put("loc", path)
        return item.bytes
    }
}
