import HTTPTypes
import NIOCore

/// A refusal by the connection itself, which no route has seen.
extension Problem {
    /// The whole answer as bytes of HTTP/1.1; the connection closes after it.
    func plainResponse() -> ByteBuffer {
        let requestID = "r_\(UInt64.random(in: .min ... .max))"
        let body = self.document(path: nil, requestID: requestID)
        var answer = ByteBuffer()
        answer.writeString("HTTP/1.1 \(self.status.code) \(self.status.reasonPhrase)\r\n")
        answer.writeString("content-type: application/problem+json\r\ncontent-length: \(body.readableBytes)\r\n")
        answer.writeString("connection: close\r\nx-request-id: \(requestID)\r\n")
        if let seconds = self.retryAfterSeconds { answer.writeString("retry-after: \(seconds)\r\n") }
        answer.writeString("\r\n")
        answer.writeImmutableBuffer(body)
        return answer
    }
}
