/// Reads one HTTP/1.1 response as it comes: whole, of a length, chunked, or to the end of the connection.
struct HTTPResponseDecoder {
    private enum Framing {
        case head
        case untilClose
        case length(left: Int)
        case chunkSize
        case chunk(left: Int)
        case done
    }

    private(set) var status: Int?
    /// By their names in lower case.
    private(set) var headers: [String: String] = [:]
    /// Of the body, what has come and was not taken.
    private(set) var body: [UInt8] = []
    private var framing = Framing.head
    private var pending: [UInt8] = []
    private var position = 0

    var isComplete: Bool { if case .done = self.framing { true } else { false } }
    var hasHead: Bool { if case .head = self.framing { false } else { true } }

    /// Takes what a read gave.
    mutating func receive(_ bytes: some Sequence<UInt8>) {
        self.pending += bytes
        while self.step() {}
        self.pending.removeFirst(self.position)
        self.position = 0
    }

    /// The connection has ended.
    mutating func connectionClosed() {
        if case .untilClose = self.framing { self.framing = .done }
    }

    /// Gives the body that has come since the last time.
    mutating func takeBody() -> [UInt8] {
        defer { self.body = [] }
        return self.body
    }

    private mutating func step() -> Bool {
        switch self.framing {
        case .head: self.readHead()
        case .untilClose: self.take(.max) > 0
        case .length(let left): self.readPart(left: left, next: .done) { .length(left: $0) }
        case .chunkSize: self.readChunkSize()
        case .chunk(let left): self.readPart(left: left, next: .chunkSize) { .chunk(left: $0) }
        case .done: false
        }
    }

    private mutating func readHead() -> Bool {
        guard let first = self.line() else { return false }
        var lines = [first]
        let start = self.position - first.utf8.count - 2
        while let line = self.line() {
            guard line.isEmpty else {
                lines.append(line)
                continue
            }
            self.interpret(lines)
            return true
        }
        self.position = start
        return false
    }

    private mutating func interpret(_ lines: [String]) {
        self.status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) }
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            self.headers[line[..<colon].lowercased()] = String(value)
        }
        if self.status == 204 || self.status == 304 {
            self.framing = .done
        } else if self.headers["transfer-encoding"]?.lowercased() == "chunked" {
            self.framing = .chunkSize
        } else if let length = self.headers["content-length"].flatMap({ Int($0) }) {
            self.framing = length == 0 ? .done : .length(left: length)
        } else {
            self.framing = .untilClose
        }
    }

    private mutating func readChunkSize() -> Bool {
        guard let line = self.line() else { return false }
        if line.isEmpty { return true }
        let size = Int(line.prefix { $0 != ";" }, radix: 16) ?? 0
        self.framing = size == 0 ? .done : .chunk(left: size)
        return true
    }

    private mutating func readPart(left: Int, next: Framing, _ same: (Int) -> Framing) -> Bool {
        let count = self.take(left)
        self.framing = count == left ? next : same(left - count)
        return count > 0
    }

    private mutating func take(_ limit: Int) -> Int {
        let count = min(limit, self.pending.count - self.position)
        self.body += self.pending[self.position..<(self.position + count)]
        self.position += count
        return count
    }

    private mutating func line() -> String? {
        guard let end = self.pending[self.position...].firstIndex(of: 0x0A) else { return nil }
        defer { self.position = end + 1 }
        let line = self.pending[self.position..<end]
        return String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
    }
}
