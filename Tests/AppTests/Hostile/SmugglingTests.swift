import Testing

extension HostileTests {
    /// Requests that a proxy before us and we could read in different ways (RFC 9112 §11.2).
    @Suite
    struct SmugglingTests {
        /// What would be a second request for one who reads the first otherwise.
        private static let smuggled = "DELETE /v1/sessions/witness HTTP/1.1\r\nHost: localhost\r\n\r\n"

        private static let shapes: [(name: String, head: String, body: String)] = [
            ("CL and TE", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            ("TE and CL", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"),
            ("two lengths", "Content-Length: 0\r\nContent-Length: 60\r\n", ""),
            ("the same length twice", "Content-Length: 2\r\nContent-Length: 2\r\n", "{}"),
            ("lengths in a list", "Content-Length: 2, 2\r\n", "{}"),
            ("a negative length", "Content-Length: -1\r\n", ""),
            ("a length with a sign", "Content-Length: +2\r\n", "{}"),
            ("a hexadecimal length", "Content-Length: 0x2\r\n", "{}"),
            ("a length of 2^64", "Content-Length: 18446744073709551616\r\n", ""),
            ("obs-fold in a length", "Content-Length:\r\n 2\r\n", "{}"),
            ("obs-fold in a coding", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
            ("obs-fold", "X: a\r\n b\r\nContent-Length: 2\r\n", "{}"),
            ("a space before the colon", "Content-Length : 2\r\n", "{}"),
            ("another coding", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
            ("two codings", "Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
            ("two coding fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"),
            ("a coding after a tab", "Transfer-Encoding:\tchunked\u{B}\r\n", "0\r\n\r\n"),
            ("no chunk size", "Transfer-Encoding: chunked\r\n", "\r\n\r\n"),
            ("a chunk size of 2^68", "Transfer-Encoding: chunked\r\n", "100000000000000000\r\n"),
            ("junk for a chunk size", "Transfer-Encoding: chunked\r\n", "zz\r\n\r\n"),
            ("a chunk longer than it says", "Transfer-Encoding: chunked\r\n", "1\r\n{}\r\n0\r\n\r\n"),
            ("bare LF in chunks", "Transfer-Encoding: chunked\r\n", "2\n{}\n0\n\n"),
            ("a NUL in a value", "X: a\u{0}b\r\nContent-Length: 2\r\n", "{}"),
            ("a bare CR", "X: a\rContent-Length: 2\r\n", "{}"),
            ("bare LF", "X: a\nContent-Length: 2\n", "{}"),
            ("two hosts", "Host: other\r\nContent-Length: 2\r\n", "{}"),
            ("no name", ": a\r\nContent-Length: 2\r\n", "{}"),
        ]

        @Test func `what can be read in two ways is refused, and nothing behind it is read`() async throws {
            try await Siege.run("smuggling", bound: 16) { siege in
                for shape in Self.shapes {
                    let socket = try siege.connect()
                    let head = "POST /v1/sessions/witness/wake HTTP/1.1\r\nHost: localhost\r\n\(shape.head)\r\n"
                    try await socket.send(head + shape.body + Self.smuggled)
                    try await socket.readToEnd()
                    #expect(socket.status == 400 && socket.answers == 1, "\(shape.name): \(socket.text)")
                }
                // No line is one that ends in LF alone, wherever it stands.
                for request in [
                    "GET /health/live HTTP/1.1\nHost: localhost\n\n", "GET /health/live HTTP/1.1\r\n\r\n",
                    "GET /health/live HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
                    "GET /health/live HTTP/3.0\r\nHost: a\r\n\r\n",
                    "GET /health/live\r\n\r\n",
                    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                ] {
                    let socket = try siege.connect()
                    try await socket.send(request)
                    try await socket.readToEnd()
                    #expect(socket.status == 400 && socket.answers == 1, "\(request): \(socket.text)")
                }
            }
        }

        @Test func `what nobody should trip over trips nobody`() async throws {
            try await Siege.run("odd requests", bound: 16) { siege in
                for request in [
                    // Trailers, empty names and values in them, and more than one chunk of everything.
                    "POST /v1/none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX:\r\n\r\n",
                    "POST /v1/none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\nZ:\r\n\r\n",
                    "POST /v1/none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\n\r\n",
                    "GET /v1/none HTTP/1.1\r\nHost: a\r\nX:\r\nY:\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
                    "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET //%00/../..%2f HTTP/1.1\r\nHost: a\r\n\r\n", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 5\r\n"
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nhello",
                    "GET /v1/none HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                        + "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
                ] {
                    let socket = try siege.connect()
                    try await socket.send(request)
                    try await socket.read(within: .seconds(5)) { $0.status != nil }
                    #expect(socket.status.map { (101..<500).contains($0) } == true, "\(request): \(socket.text)")
                    #expect(siege.server.process.isRunning, "\(request)")
                    socket.close()
                }
            }
        }
    }
}
