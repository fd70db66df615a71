/// Reads one JSON value (RFC 8259) from bytes.
///
/// Shape: the bytes of one line in, one value out; nil for anything that is not exactly one value.
/// Limits: `maximumDepth` levels of arrays and objects.
struct JSONParser {
    private static let maximumDepth = 200

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0

    private init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The value that `bytes` spell.
    static func parse(_ bytes: some Collection<UInt8>) -> JSON? {
        let parsed = bytes.withContiguousStorageIfAvailable { Self.parse(buffer: $0) }
        if let parsed { return parsed }
        return Array(bytes).withUnsafeBufferPointer { Self.parse(buffer: $0) }
    }

    /// The value that `text` spells.
    static func parse(_ text: String) -> JSON? {
        Self.parse(Array(text.utf8))
    }

    private static func parse(buffer: UnsafeBufferPointer<UInt8>) -> JSON? {
        var parser = JSONParser(buffer)
        guard let value = parser.value() else { return nil }
        parser.skipBlanks()
        return parser.position == parser.bytes.count ? value : nil
    }

    private var current: UInt8? {
        self.position < self.bytes.count ? self.bytes[self.position] : nil
    }

    private mutating func skipBlanks() {
        while let byte = self.current, byte == 0x20 || (0x09...0x0D).contains(byte) {
            self.position += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard self.current == byte else { return false }
        self.position += 1
        return true
    }

    private mutating func value() -> JSON? {
        self.skipBlanks()
        switch self.current {
        case UInt8(ascii: "{"): return self.nested { $0.object() }
        case UInt8(ascii: "["): return self.nested { $0.array() }
        case UInt8(ascii: "\""): return self.string().map { .string($0) }
        case UInt8(ascii: "t"): return self.word("true", .bool(true))
        case UInt8(ascii: "f"): return self.word("false", .bool(false))
        case UInt8(ascii: "n"): return self.word("null", .null)
        default: return self.number()
        }
    }

    private mutating func nested(_ read: (inout JSONParser) -> JSON?) -> JSON? {
        guard self.depth < Self.maximumDepth else { return nil }
        self.depth += 1
        self.position += 1
        defer { self.depth -= 1 }
        return read(&self)
    }

    private mutating func object() -> JSON? {
        var members: [JSON.Member] = []
        self.skipBlanks()
        if self.take(UInt8(ascii: "}")) { return .object([]) }
        while true {
            self.skipBlanks()
            guard self.current == UInt8(ascii: "\""), let name = self.string() else { return nil }
            self.skipBlanks()
            guard self.take(UInt8(ascii: ":")), let value = self.value() else { return nil }
            members.append(JSON.Member(name: name, value: value))
            self.skipBlanks()
            if self.take(UInt8(ascii: "}")) { return .object(members) }
            guard self.take(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func array() -> JSON? {
        var elements: [JSON] = []
        self.skipBlanks()
        if self.take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            guard let value = self.value() else { return nil }
            elements.append(value)
            self.skipBlanks()
            if self.take(UInt8(ascii: "]")) { return .array(elements) }
            guard self.take(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func word(_ word: String, _ value: JSON) -> JSON? {
        for byte in word.utf8 {
            guard self.take(byte) else { return nil }
        }
        return value
    }

    private mutating func number() -> JSON? {
        let start = self.position
        while let byte = self.current,
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
        {
            self.position += 1
        }
        let spelling = String(decoding: self.bytes[start..<self.position], as: UTF8.self)
        return Double(spelling) == nil ? nil : .number(spelling)
    }

    private mutating func string() -> String? {
        self.position += 1
        let start = self.position
        while let byte = self.current {
            switch byte {
            case UInt8(ascii: "\""):
                let text = String(decoding: self.bytes[start..<self.position], as: UTF8.self)
                self.position += 1
                return text
            case UInt8(ascii: "\\"): return self.escapedString(from: start)
            case 0..<0x20: return nil
            default: self.position += 1
            }
        }
        return nil
    }

    private mutating func escapedString(from start: Int) -> String? {
        var text = Array(self.bytes[start..<self.position])
        while let byte = self.current {
            self.position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard self.escape(into: &text) else { return nil }
            case 0..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(into text: inout [UInt8]) -> Bool {
        guard let byte = self.current else { return false }
        self.position += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "u"):
            guard let first = self.hexQuad() else { return false }
            text.append(contentsOf: String(self.scalar(from: first)).utf8)
        default: return false
        }
        return true
    }

    private mutating func hexQuad() -> UInt32? {
        guard self.position + 4 <= self.bytes.count else { return nil }
        let digits = String(decoding: self.bytes[self.position..<self.position + 4], as: UTF8.self)
        self.position += 4
        return UInt32(digits, radix: 16)
    }

    /// Joins a surrogate pair; half of one alone becomes U+FFFD.
    private mutating func scalar(from first: UInt32) -> Character {
        if let scalar = Unicode.Scalar(first) { return Character(scalar) }
        let before = self.position
        if (0xD800..<0xDC00).contains(first), self.take(UInt8(ascii: "\\")), self.take(UInt8(ascii: "u")),
            let second = self.hexQuad(), (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        {
            return Character(scalar)
        }
        self.position = before
        return "\u{FFFD}"
    }
}
