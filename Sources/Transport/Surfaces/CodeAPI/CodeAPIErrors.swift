import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// Refusals as claude-code-api words them: RFC 9457 with that system's titles and details.
enum CodeAPIErrors {
    /// A refusal in that shape.
    static func response(_ problem: Problem, _ context: APIContext) -> Response {
        let status = Self.status(problem)
        let detail = Self.detail(problem)
        let errors = Self.errors(problem)
        var object = JSONMembers()
        object.put("type", "about:blank")
        object.put("title", Self.title(status))
        object.put("status", Int(status.code))
        object.put("detail", detail)
        object.put("instance", Self.instance(context))
        object.put("request_id", context.requestID)
        if !errors.isEmpty { object.put("errors", array: errors) }
        if status == .contentTooLarge {
            // What the original has in place of all this.
            var error = JSONMembers()
            error.put("code", "PAYLOAD_TOO_LARGE")
            error.put("message", detail)
            error.put("request_id", context.requestID)
            object.put("error", raw: error.bytes)
        }
        var response = problem.response(path: context.clientPath, requestID: context.requestID)
        response.status = status
        response.body = ResponseBody(byteBuffer: object.bytes)
        return response
    }

    /// One field that was wrong, in the words of that system's validation.
    static func field(_ error: Problem.FieldError) -> ByteBuffer {
        let path = ["body"] + error.pointer.split(separator: "/").map(String.init)
        let (message, type) = Self.words(error.message)
        var object = JSONMembers()
        object.put("field", path.joined(separator: " -> "))
        object.put("message", message)
        object.put("type", type)
        return object.bytes
    }

    private static func errors(_ problem: Problem) -> [ByteBuffer] {
        if problem.code == Problem.Code.invalidJSON.rawValue {
            return [Self.field(Problem.FieldError(pointer: "", message: "is not JSON"))]
        }
        return problem.errors.map(Self.field)
    }

    private static func words(_ message: String) -> (message: String, type: String) {
        switch message {
        case "is missing": return ("Field required", "missing")
        case "is not a field of this request": return ("Extra inputs are not permitted", "extra_forbidden")
        case "must be a string": return ("Input should be a valid string", "string_type")
        case "must be an object": return ("Input should be a valid dictionary", "dict_type")
        case "must have at least 1 character": return ("String should have at least 1 character", "string_too_short")
        case "is not JSON": return ("JSON decode error", "json_invalid")
        default: break
        }
        if let most = message.wholeMatch(of: /is longer than (\d+) characters/)?.1 {
            return ("String should have at most \(most) characters", "string_too_long")
        }
        return ("Value \(message)", "value_error")
    }

    private static func status(_ problem: Problem) -> HTTPResponse.Status {
        switch problem.code {
        case Problem.Code.invalidJSON.rawValue: .unprocessableContent
        // What is over is not there any more, and neither is the file that is none.
        case SessionError.Code.sessionEnded.rawValue, FileError.Code.notADirectory.rawValue,
            FileError.Code.notAFile.rawValue:
            .notFound
        default: problem.status
        }
    }

    private static func detail(_ problem: Problem) -> String {
        switch problem.code {
        case Problem.Code.unauthorized.rawValue: "Invalid or missing API key"
        case SessionError.Code.sessionNotFound.rawValue, SessionError.Code.sessionEnded.rawValue: "Session not found"
        case SessionError.Code.jobNotFound.rawValue: "Job not found"
        case FileError.Code.fileNotFound.rawValue, FileError.Code.notAFile.rawValue: "File not found"
        case FileError.Code.notADirectory.rawValue: "Directory not found"
        case FileError.Code.pathRefused.rawValue: "Path outside session workspace"
        case Problem.Code.invalidJSON.rawValue: "1 validation error(s)"
        case Problem.Code.invalidRequest.rawValue where !problem.errors.isEmpty:
            "\(problem.errors.count) validation error(s)"
        case Problem.Code.internalError.rawValue: "An unexpected error occurred"
        default: problem.detail
        }
    }

    private static func title(_ status: HTTPResponse.Status) -> String {
        switch status.code {
        case 413: "Payload Too Large"
        case 422: "Validation Error"
        default: status.reasonPhrase
        }
    }

    /// The whole address, where the client has said how it calls the server.
    private static func instance(_ context: APIContext) -> String {
        context.client.host.map { "\(context.client.scheme)://\($0)\(context.clientPath)" } ?? context.clientPath
    }
}
