import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers with JSON, which nobody may keep.
extension Response {
    static func json(_ status: HTTPResponse.Status, _ value: some Encodable, headers: HTTPFields = [:]) -> Response {
        Self.json(status, raw: EventData.encode(value), headers: headers)
    }

    static func json(_ status: HTTPResponse.Status, raw: ByteBuffer, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: raw))
    }

    /// `{"name":[…]}` of items that are JSON already.
    static func json(_ status: HTTPResponse.Status, array name: StaticString, _ items: [ByteBuffer]) -> Response {
        var buffer = ByteBuffer(string: "{\"\(name)\":[")
        for (place, item) in items.enumerated() {
            if place > 0 { buffer.writeString(",") }
            buffer.writeImmutableBuffer(item)
        }
        buffer.writeString("]}")
        return Self.json(status, raw: buffer)
    }
}
