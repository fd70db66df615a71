import HTTPTypes
import Hummingbird
import NIOCore

/// Refusals as FastAPI words them: `{"detail":…}`.
enum SDKServerErrors {
    static func response(_ problem: Problem) -> Response {
        var headers: HTTPFields = [.contentType: "application/json"]
        if let seconds = problem.retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        if problem.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"troupe\"" }
        if let allowed = problem.allowed { headers[.allow] = allowed }
        return Response(
            status: problem.status,
            headers: headers,
            body: ResponseBody(byteBuffer: Self.document(problem))
        )
    }

    /// The answer to a body that is not what it should be.
    static func response(_ invalid: SDKServerFields.Invalid) -> Response {
        Response(
            status: .unprocessableContent,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: JSONMembers.object { $0.put("detail", array: invalid.items) })
        )
    }

    private static func document(_ problem: Problem) -> ByteBuffer {
        JSONMembers.object { json in
            switch problem.status {
            case .notFound where problem.code == Problem.Code.notFound.rawValue: json.put("detail", "Not Found")
            case .methodNotAllowed: json.put("detail", "Method Not Allowed")
            case .unprocessableContent:
                // A 422 has a list in all of FastAPI's answers.
                let item = JSONMembers.object { item in
                    item.put("type", "value_error")
                    item.put("loc", ["body"])
                    item.put("msg", problem.detail)
                    item.putNull("input")
                }
                json.put("detail", array: [item])
            default: json.put("detail", problem.detail)
            }
        }
    }
}
