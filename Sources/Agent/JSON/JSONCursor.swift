/// Walks over the bytes of one JSON text and refuses whatever RFC 8259 does not allow, decoding nothing.
///
/// Strict: escapes, numbers, literals, raw control characters, UTF-8 (no overlong forms, no surrogates), nesting. Every
/// `skip…` moves past what it names and returns false at the first byte that cannot belong to it.
struct JSONCursor {
    /// Where a string's content lies, quotes excluded.
    struct StringSpan {
        var start: Int
        var end: Int
        /// It contains a backslash, so its bytes are not its text.
        var isEscaped: Bool
    }

    /// Objects and arrays inside one another, at most.
    static let maximumDepth = 512

    private let base: UnsafeRawPointer
    let end: Int
    private(set) var position: Int
    /// A carriage return was seen between tokens.
    private(set) var sawCarriageReturn = false

    /// Walks over `bytes`, which must outlive the cursor.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return nil }
        self.base = base
        self.end = bytes.count
        self.position = 0
    }

    /// Whether all bytes have been walked over.
    var isAtEnd: Bool { self.position == self.end }

    /// The byte at the cursor, or 0 (which no JSON token begins with) at the end.
    @inline(__always)
    var current: UInt8 { self.position < self.end ? self.byte(self.position) : 0 }

    /// Moves past `byte` if it is the current one.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard self.position < self.end, self.byte(self.position) == byte else { return false }
        self.position &+= 1
        return true
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while self.position < self.end {
            let byte = self.byte(self.position)
            if byte > 0x20 { return }
            switch byte {
            case 0x20, 0x09, 0x0A: break
            case 0x0D: self.sawCarriageReturn = true
            default: return
            }
            self.position &+= 1
        }
    }

    /// Moves past any value; whitespace before it must have been skipped.
    mutating func skipValue(depth: Int) -> Bool {
        switch self.current {
        case UInt8(ascii: "\""): self.skipString() != nil
        case UInt8(ascii: "{"): self.skipObject(depth: depth)
        case UInt8(ascii: "["): self.skipArray(depth: depth)
        case UInt8(ascii: "t"): self.skipLiteral("true")
        case UInt8(ascii: "f"): self.skipLiteral("false")
        case UInt8(ascii: "n"): self.skipLiteral("null")
        default: self.skipNumber()
        }
    }

    /// Moves past a string and says where its content lies.
    @inline(__always)
    mutating func skipString() -> StringSpan? {
        guard self.take(UInt8(ascii: "\"")) else { return nil }
        let start = self.position
        var isEscaped = false
        while true {
            self.skipPlainText()
            guard self.position < self.end else { return nil }
            let byte = self.byte(self.position)
            switch byte {
            case UInt8(ascii: "\""):
                let span = StringSpan(start: start, end: self.position, isEscaped: isEscaped)
                self.position &+= 1
                return span
            case UInt8(ascii: "\\"):
                isEscaped = true
                guard self.skipEscape() else { return nil }
            case 0x80...:
                guard self.skipMultibyte(first: byte) else { return nil }
            case ..<0x20:
                return nil
            default:
                self.position &+= 1
            }
        }
    }

    /// Moves over bytes of a string that need no thought, eight at a time where there are as many.
    @inline(__always)
    private mutating func skipPlainText() {
        let high: UInt64 = 0x8080_8080_8080_8080
        let ones: UInt64 = 0x0101_0101_0101_0101
        while self.position &+ 8 <= self.end {
            let word = UInt64(littleEndian: self.base.loadUnaligned(fromByteOffset: self.position, as: UInt64.self))
            let quote = word ^ 0x2222_2222_2222_2222
            let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
            // A byte's high bit is set in each term if it is below 0x20, a quote, or a backslash. A borrow can set more,
            // but only in bytes after the first true one, and only the first counts.
            let special =
                (((word &- 0x2020_2020_2020_2020) & ~word) | ((quote &- ones) & ~quote)
                    | ((backslash &- ones) & ~backslash) | word) & high
            if special != 0 {
                self.position &+= special.trailingZeroBitCount &>> 3
                return
            }
            self.position &+= 8
        }
    }

    private mutating func skipEscape() -> Bool {
        guard self.position &+ 1 < self.end else { return false }
        switch self.byte(self.position &+ 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.position &+= 2
            return true
        case UInt8(ascii: "u"):
            guard self.position &+ 6 <= self.end else { return false }
            for offset in 2..<6 where !Self.isHexDigit(self.byte(self.position &+ offset)) { return false }
            self.position &+= 6
            return true
        default:
            return false
        }
    }

    /// Moves past one character of two to four bytes (RFC 3629, section 4).
    private mutating func skipMultibyte(first: UInt8) -> Bool {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: return false
        }
        guard self.position &+ length <= self.end, second.contains(self.byte(self.position &+ 1)) else { return false }
        for offset in 2..<max(2, length) where self.byte(self.position &+ offset) & 0xC0 != 0x80 { return false }
        self.position &+= length
        return true
    }

    private mutating func skipObject(depth: Int) -> Bool {
        guard depth < Self.maximumDepth, self.take(UInt8(ascii: "{")) else { return false }
        self.skipWhitespace()
        if self.take(UInt8(ascii: "}")) { return true }
        while true {
            guard self.skipString() != nil else { return false }
            self.skipWhitespace()
            guard self.take(UInt8(ascii: ":")) else { return false }
            self.skipWhitespace()
            guard self.skipValue(depth: depth &+ 1) else { return false }
            self.skipWhitespace()
            if self.take(UInt8(ascii: "}")) { return true }
            guard self.take(UInt8(ascii: ",")) else { return false }
            self.skipWhitespace()
        }
    }

    private mutating func skipArray(depth: Int) -> Bool {
        guard depth < Self.maximumDepth, self.take(UInt8(ascii: "[")) else { return false }
        self.skipWhitespace()
        if self.take(UInt8(ascii: "]")) { return true }
        while true {
            guard self.skipValue(depth: depth &+ 1) else { return false }
            self.skipWhitespace()
            if self.take(UInt8(ascii: "]")) { return true }
            guard self.take(UInt8(ascii: ",")) else { return false }
            self.skipWhitespace()
        }
    }

    private mutating func skipLiteral(_ literal: StaticString) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard self.position &+ length <= self.end else { return false }
        for offset in 0..<length where self.byte(self.position &+ offset) != literal.utf8Start[offset] { return false }
        self.position &+= length
        return true
    }

    private mutating func skipNumber() -> Bool {
        _ = self.take(UInt8(ascii: "-"))
        if !self.take(UInt8(ascii: "0")) {
            guard self.skipDigits() else { return false }
        }
        if self.take(UInt8(ascii: ".")) {
            guard self.skipDigits() else { return false }
        }
        if self.current | 0x20 == UInt8(ascii: "e") {
            self.position &+= 1
            if !self.take(UInt8(ascii: "+")) { _ = self.take(UInt8(ascii: "-")) }
            return self.skipDigits()
        }
        return true
    }

    private mutating func skipDigits() -> Bool {
        let start = self.position
        while self.position < self.end, self.byte(self.position) &- 0x30 < 10 { self.position &+= 1 }
        return self.position > start
    }

    @inline(__always)
    private func byte(_ index: Int) -> UInt8 { self.base.load(fromByteOffset: index, as: UInt8.self) }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6
    }
}
