import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// claude-code-api's frame of every answer: `{"data":…,"meta":{…}}`.
enum CodeAPIEnvelope {
    /// `{"request_id","timestamp","version"}`.
    static func meta(_ context: APIContext) -> ByteBuffer {
        var meta = JSONMembers()
        meta.put("request_id", context.requestID)
        meta.put("timestamp", Timestamp.now())
        meta.put("version", "v1")
        return meta.bytes
    }

    /// An answer.
    ///
    /// - Parameters:
    ///   - status: its status.
    ///   - data: JSON.
    ///   - context: the request's.
    ///   - headers: beside those of every answer.
    ///   - more: adds what stands beside `data` and `meta`.
    /// - Returns: the answer.
    static func response(
        _ status: HTTPResponse.Status = .ok,
        _ data: ByteBuffer,
        _ context: APIContext,
        headers: HTTPFields = [:],
        more: (inout JSONMembers) -> Void = { _ in }
    ) -> Response {
        var object = JSONMembers()
        object.put("data", raw: data)
        object.put("meta", raw: Self.meta(context))
        more(&object)
        return Response.json(status, raw: object.bytes, headers: headers)
    }
}
