package import NIOCore

/// The members of one JSON object, found but not decoded; each is read when it is asked for.
///
/// Absent, null and of another type are all nil, since the CLI's messages are an open format. Of two members with one
/// name the last counts, as in JavaScript.
package struct JSONObject: Sendable {
    private struct Member {
        var key: JSONCursor.StringSpan
        var value: Range<Int>
    }

    /// The object's own bytes.
    package let bytes: ByteBuffer
    private let spans: [Member]

    /// Finds the members of `bytes`, or returns nil unless they are exactly one valid JSON object.
    package init?(_ bytes: ByteBuffer) {
        let spans = bytes.withUnsafeReadableBytes { Self.scan($0) }
        guard let spans else { return nil }
        self.bytes = bytes
        self.spans = spans
    }

    /// The bytes of a member's value, also of one that is null.
    package func raw(_ key: StaticString) -> ByteBuffer? {
        guard let range = self.find(key) else { return nil }
        return self.bytes.getSlice(at: self.bytes.readerIndex + range.lowerBound, length: range.count)
    }

    /// The bytes of a member's value, unless that is null.
    package func nonNull(_ key: StaticString) -> ByteBuffer? {
        guard let raw = self.raw(key), raw.getInteger(at: raw.readerIndex, as: UInt8.self) != UInt8(ascii: "n") else {
            return nil
        }
        return raw
    }

    package func string(_ key: StaticString) -> String? { self.raw(key).flatMap(JSONText.string) }

    package func object(_ key: StaticString) -> JSONObject? { self.raw(key).flatMap { JSONObject($0) } }

    package func bool(_ key: StaticString) -> Bool? {
        guard let raw = self.raw(key) else { return nil }
        switch String(buffer: raw) {
        case "true": return true
        case "false": return false
        default: return nil
        }
    }

    package func double(_ key: StaticString) -> Double? { self.raw(key).flatMap { Double(String(buffer: $0)) } }

    package func int(_ key: StaticString) -> Int? {
        guard let raw = self.raw(key) else { return nil }
        let text = String(buffer: raw)
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0.rounded()) }
    }

    /// The elements of an array, each as its bytes.
    package func array(_ key: StaticString) -> [ByteBuffer]? { self.raw(key).flatMap(Self.elements) }

    /// The strings of an array; other elements are left out.
    package func strings(_ key: StaticString) -> [String]? { self.array(key)?.compactMap(JSONText.string) }

    /// All members, in order, each value as its bytes.
    package var members: [(key: String, value: ByteBuffer)] {
        self.spans.compactMap { member in
            let start = self.bytes.readerIndex + member.value.lowerBound
            guard let value = self.bytes.getSlice(at: start, length: member.value.count) else { return nil }
            return (self.bytes.withUnsafeReadableBytes { JSONText.decode($0, member.key) }, value)
        }
    }

    /// The elements of a JSON array, each as its bytes, or nil if `bytes` are not one.
    package static func elements(_ bytes: ByteBuffer) -> [ByteBuffer]? {
        let ranges = bytes.withUnsafeReadableBytes { Self.scanArray($0) }
        return ranges?.compactMap { bytes.getSlice(at: bytes.readerIndex + $0.lowerBound, length: $0.count) }
    }

    private func find(_ key: StaticString) -> Range<Int>? {
        let length = key.utf8CodeUnitCount
        return self.bytes.withUnsafeReadableBytes { bytes in
            let member = self.spans.last { member in
                if member.key.isEscaped { return JSONText.decode(bytes, member.key) == "\(key)" }
                guard member.key.end - member.key.start == length else { return false }
                return bytes[member.key.start..<member.key.end]
                    .elementsEqual(UnsafeRawBufferPointer(start: key.utf8Start, count: length))
            }
            return member?.value
        }
    }

    private static func scan(_ bytes: UnsafeRawBufferPointer) -> [Member]? {
        guard var cursor = JSONCursor(bytes) else { return nil }
        var members: [Member] = []
        cursor.skipWhitespace()
        guard cursor.take(UInt8(ascii: "{")) else { return nil }
        cursor.skipWhitespace()
        if !cursor.take(UInt8(ascii: "}")) {
            while true {
                guard let key = cursor.skipString() else { return nil }
                cursor.skipWhitespace()
                guard cursor.take(UInt8(ascii: ":")) else { return nil }
                cursor.skipWhitespace()
                let start = cursor.position
                guard cursor.skipValue(depth: 1) else { return nil }
                members.append(Member(key: key, value: start..<cursor.position))
                cursor.skipWhitespace()
                if cursor.take(UInt8(ascii: "}")) { break }
                guard cursor.take(UInt8(ascii: ",")) else { return nil }
                cursor.skipWhitespace()
            }
        }
        cursor.skipWhitespace()
        return cursor.isAtEnd ? members : nil
    }

    private static func scanArray(_ bytes: UnsafeRawBufferPointer) -> [Range<Int>]? {
        guard var cursor = JSONCursor(bytes) else { return nil }
        var ranges: [Range<Int>] = []
        cursor.skipWhitespace()
        guard cursor.take(UInt8(ascii: "[")) else { return nil }
        cursor.skipWhitespace()
        if !cursor.take(UInt8(ascii: "]")) {
            while true {
                let start = cursor.position
                guard cursor.skipValue(depth: 1) else { return nil }
                ranges.append(start..<cursor.position)
                cursor.skipWhitespace()
                if cursor.take(UInt8(ascii: "]")) { break }
                guard cursor.take(UInt8(ascii: ",")) else { return nil }
                cursor.skipWhitespace()
            }
        }
        cursor.skipWhitespace()
        return cursor.isAtEnd ? ranges : nil
    }
}
