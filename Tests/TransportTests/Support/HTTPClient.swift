import Agent
import NIOCore

/// A client of HTTP/1.1 that is strict about what it reads.
struct HTTPClient {
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    struct Head: Equatable {
        let version: String
        let status: Int
        let headers: [String: String]
    }

    struct Response {
        let head: Head
        let body: String

        var status: Int { self.head.status }
        var json: JSONObject? { JSONObject(ByteBuffer(string: self.body)) }
        /// The code of a problem document.
        var code: String? { self.json?.string("code") }
    }

    private enum Framing {
        case length(Int)
        case chunks
        case toTheEnd
    }

    let connection: RawConnection
    /// Received and not yet read.
    private(set) var buffer = ByteBuffer()
    private var framing = Framing.length(0)

    init(_ connection: RawConnection) {
        self.connection = connection
    }

    func send(_ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:]) async throws {
        var headers = headers
        if headers["Host"] == nil { headers["Host"] = "127.0.0.1:7420" }
        if let body {
            headers["Content-Length"] = "\(body.utf8.count)"
            if headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        }
        let lines = headers.map { "\($0): \($1)\r\n" }.joined()
        try await self.connection.send("\(method) \(path) HTTP/1.1\r\n\(lines)\r\n\(body ?? "")")
    }

    mutating func response(isHead: Bool = false) async throws -> Response {
        let head = try await self.head()
        if isHead { self.framing = .length(0) }
        var body = ByteBuffer()
        while var piece = try await self.piece() { body.writeBuffer(&piece) }
        return Response(head: head, body: String(buffer: body))
    }

    mutating func head() async throws -> Head {
        let lines = try await self.upTo("\r\n\r\n").split(separator: "\r\n")
        let first = lines.first?.split(separator: " ", maxSplits: 2) ?? []
        guard first.count >= 2, let status = Int(first[1]) else { throw Malformed(description: "\(lines)") }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let sides = line.split(separator: ":", maxSplits: 1)
            guard sides.count == 2 else { throw Malformed(description: String(line)) }
            let name = sides[0].lowercased()
            guard headers[name] == nil else { throw Malformed(description: "\(name) twice") }
            headers[name] = String(sides[1].drop { $0 == " " })
        }
        if headers["transfer-encoding"] == "chunked" {
            self.framing = .chunks
        } else if let length = headers["content-length"].flatMap({ Int($0) }) {
            self.framing = .length(length)
        } else {
            self.framing = [101, 204, 304].contains(status) ? .length(0) : .toTheEnd
        }
        return Head(version: String(first[0]), status: status, headers: headers)
    }

    /// The next bytes of the body; `nil` at its end.
    mutating func piece(within patience: Duration = .seconds(15)) async throws -> ByteBuffer? {
        switch self.framing {
        case .length(0):
            return nil
        case .length(let left):
            if self.buffer.readableBytes == 0 { try await self.more(within: patience) }
            let piece = self.buffer.readSlice(length: min(left, self.buffer.readableBytes)) ?? ByteBuffer()
            self.framing = .length(left - piece.readableBytes)
            return piece
        case .toTheEnd:
            if self.buffer.readableBytes == 0 { return try await self.connection.receive(within: patience) }
            return self.buffer.readSlice(length: self.buffer.readableBytes)
        case .chunks:
            let line = try await self.upTo("\r\n", within: patience)
            guard let size = Int(line, radix: 16), line.utf8.count <= 16 else {
                throw Malformed(description: "chunk \(line)")
            }
            while self.buffer.readableBytes < size + 2 { try await self.more(within: patience) }
            let piece = self.buffer.readSlice(length: size)
            guard self.buffer.readString(length: 2) == "\r\n" else { throw Malformed(description: "no end of chunk") }
            if size > 0 { return piece }
            self.framing = .length(0)
            return nil
        }
    }

    private mutating func more(within patience: Duration) async throws {
        guard var bytes = try await self.connection.receive(within: patience) else { throw RawConnection.Ended() }
        self.buffer.writeBuffer(&bytes)
    }

    private mutating func upTo(_ mark: String, within patience: Duration = .seconds(15)) async throws -> String {
        while true {
            let view = self.buffer.readableBytesView
            if let range = view.firstRange(of: Array(mark.utf8)) {
                let text = String(decoding: view[..<range.lowerBound], as: UTF8.self)
                self.buffer.moveReaderIndex(to: range.upperBound)
                return text
            }
            try await self.more(within: patience)
        }
    }
}
