import Glibc
import NIOCore

/// Reads a body of `multipart/form-data` (RFC 7578, RFC 2046 §5.1) as it comes, in pieces of any size.
///
/// Decides nothing about what is in it. Keeps at most the headers of one part, or as many bytes as a boundary has.
struct MultipartParser {
    /// What is found, in order.
    enum Event: Equatable {
        case began(MultipartHeaders)
        case bytes(ByteBuffer)
        case ended
        /// The closing boundary; what comes after it is passed over.
        case finished
    }

    private enum State {
        /// Before the first boundary.
        case preamble
        /// A boundary was read: a line's end, or two dashes.
        case boundary
        case headers
        case body
        case epilogue
    }

    /// RFC 2046 §5.1.1.
    static let maximumBoundaryBytes = 70
    /// The headers of one part.
    static let maximumHeaderBytes = 8 << 10
    /// A text before the first boundary is allowed, and never sent.
    static let maximumPreambleBytes = 1 << 10

    private let delimiter: [UInt8]
    private var state = State.preamble
    private var buffer: ByteBuffer
    private var preambleBytes = 0

    /// - Parameter contentType: of the request.
    /// - Throws: `Problem` when it is another type or names no boundary.
    init(contentType: String?) throws(Problem) {
        let header = HeaderValue(contentType ?? "")
        guard header.value.lowercased() == "multipart/form-data" else {
            throw Problem(.unsupportedMediaType, "The body must be multipart/form-data.")
        }
        guard let boundary = header.parameters["boundary"],
            (1...Self.maximumBoundaryBytes).contains(boundary.utf8.count),
            boundary.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), boundary.last != " "
        else {
            throw Problem(.invalidMultipart, "The Content-Type names no boundary of 1 to 70 characters.")
        }
        self.delimiter = Array("\r\n--\(boundary)".utf8)
        // The first boundary may be the first line, which has no line before it.
        self.buffer = ByteBuffer(string: "\r\n")
    }

    /// Takes the next bytes.
    ///
    /// - Throws: `Problem` for what is no multipart body, or has headers that are too long.
    mutating func receive(_ bytes: ByteBuffer) throws(Problem) -> [Event] {
        self.buffer.writeImmutableBuffer(bytes)
        var events: [Event] = []
        while try self.step(&events) {}
        self.buffer.discardReadBytes()
        return events
    }

    /// The body has ended.
    ///
    /// - Throws: `Problem` when it was cut.
    func finish() throws(Problem) {
        guard case .epilogue = self.state else {
            throw Problem(.invalidMultipart, "The body ends before its closing boundary.")
        }
    }

    /// Goes one step on; false when more bytes are needed.
    private mutating func step(_ events: inout [Event]) throws(Problem) -> Bool {
        switch self.state {
        case .preamble:
            let (skipped, isDelimiter) = self.upToDelimiter()
            self.preambleBytes += skipped?.readableBytes ?? 0
            guard self.preambleBytes <= Self.maximumPreambleBytes else {
                throw Problem(.invalidMultipart, "The body does not begin with its boundary.")
            }
            if isDelimiter { self.state = .boundary }
            return isDelimiter
        case .boundary:
            return try self.endBoundary(&events)
        case .headers:
            guard let end = self.headersEnd else {
                guard self.buffer.readableBytes <= Self.maximumHeaderBytes else { throw Self.longHeaders }
                return false
            }
            guard end <= Self.maximumHeaderBytes, let text = self.buffer.readString(length: end) else {
                throw Self.longHeaders
            }
            events.append(.began(try MultipartHeaders(text)))
            // The empty line stays: in a part without bytes its end may be that before the boundary.
            self.state = .body
            self.isAtBodyStart = true
            return true
        case .body:
            let (bytes, isDelimiter) = self.upToDelimiter()
            if var bytes, bytes.readableBytes > 0 {
                if self.isAtBodyStart { bytes.moveReaderIndex(forwardBy: 2) }
                self.isAtBodyStart = false
                if bytes.readableBytes > 0 { events.append(.bytes(bytes)) }
            }
            guard isDelimiter else { return false }
            events.append(.ended)
            self.state = .boundary
            return true
        case .epilogue:
            self.buffer.clear()
            return false
        }
    }

    /// The two bytes before a body are the end of its headers and not its own.
    private var isAtBodyStart = false

    private mutating func endBoundary(_ events: inout [Event]) throws(Problem) -> Bool {
        let bytes = self.buffer.readableBytesView
        guard bytes.count >= 2 else { return false }
        if bytes.starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")]) {
            self.state = .epilogue
            events.append(.finished)
            return true
        }
        // Spaces may follow (RFC 2046 §5.1.1); a few.
        let padding = bytes.prefix(while: { $0 == 0x20 || $0 == 0x09 }).count
        guard padding <= 64 else { throw Self.malformed }
        guard bytes.count >= padding + 2 else { return false }
        guard bytes.dropFirst(padding).starts(with: [0x0D, 0x0A]) else { throw Self.malformed }
        self.buffer.moveReaderIndex(forwardBy: padding + 2)
        self.state = .headers
        return true
    }

    /// Where the empty line after the headers begins, counted from here.
    private var headersEnd: Int? {
        if self.buffer.readableBytesView.starts(with: [0x0D, 0x0A]) { return 0 }
        return self.place(of: [0x0D, 0x0A, 0x0D, 0x0A]).map { $0 + 2 }
    }

    /// Takes what is before the next boundary, and the boundary if it is there.
    private mutating func upToDelimiter() -> (ByteBuffer?, isDelimiter: Bool) {
        if let place = self.place(of: self.delimiter) {
            let before = self.buffer.readSlice(length: place)
            self.buffer.moveReaderIndex(forwardBy: self.delimiter.count)
            return (before, true)
        }
        // The last bytes may be the beginning of one.
        let certain = self.buffer.readableBytes - (self.delimiter.count - 1)
        // Two bytes at least, so that a body's start is not cut in the line's end before it.
        guard certain >= 2 else { return (nil, false) }
        return (self.buffer.readSlice(length: certain), false)
    }

    /// Where some bytes that begin with CR begin, counted from here.
    private func place(of wanted: [UInt8]) -> Int? {
        self.buffer.withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var place = 0
            while bytes.count - place >= wanted.count,
                let found = memchr(base + place, 0x0D, bytes.count - place - wanted.count + 1)
            {
                place = base.distance(to: found)
                if memcmp(found, wanted, wanted.count) == 0 { return place }
                place += 1
            }
            return nil
        }
    }

    private static let malformed = Problem(.invalidMultipart, "A boundary is not followed by a line's end.")
    private static let longHeaders = Problem(
        .invalidMultipart,
        "The headers of a part have more than \(MultipartParser.maximumHeaderBytes) bytes."
    )
}
