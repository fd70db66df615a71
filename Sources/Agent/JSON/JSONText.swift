package import NIOCore

/// JSON strings and numbers, written and read without a decoder.
package enum JSONText {
    /// Appends `text` as a JSON string, quotes included; valid UTF-8 whatever `text` holds.
    package static func append(_ text: String, to buffer: inout ByteBuffer) {
        var text = text
        text.withUTF8 { self.appendEscaped(UnsafeRawBufferPointer($0), to: &buffer) }
    }

    /// Appends bytes that should be text as a JSON string; what is not UTF-8 becomes U+FFFD.
    package static func append(lossy bytes: some Collection<UInt8>, to buffer: inout ByteBuffer) {
        self.append(String(decoding: bytes, as: UTF8.self), to: &buffer)
    }

    /// A text as a JSON string.
    package static func quoted(_ text: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        self.append(text, to: &buffer)
        return buffer
    }

    /// Appends `,"key":` or, as the first member of an object, `"key":`.
    package static func appendKey(_ key: StaticString, isFirst: Bool = false, to buffer: inout ByteBuffer) {
        buffer.writeStaticString(isFirst ? "\"" : ",\"")
        buffer.writeStaticString(key)
        buffer.writeStaticString("\":")
    }

    /// Whether `value` is exactly one valid JSON value, white space around it allowed.
    package static func isValue(_ value: ByteBuffer) -> Bool {
        value.withUnsafeReadableBytes { bytes in
            guard var cursor = JSONCursor(bytes) else { return false }
            cursor.skipWhitespace()
            guard cursor.skipValue(depth: 0) else { return false }
            cursor.skipWhitespace()
            return cursor.isAtEnd
        }
    }

    /// The text of a JSON string, or nil if `value` is not one.
    ///
    /// A surrogate without its partner, which JSON allows and Unicode does not, becomes U+FFFD.
    package static func string(_ value: ByteBuffer) -> String? {
        value.withUnsafeReadableBytes { bytes in
            guard var cursor = JSONCursor(bytes), let span = cursor.skipString(), cursor.isAtEnd else { return nil }
            return Self.decode(bytes, span)
        }
    }

    /// Whether every surrogate that the JSON string `value` writes as an escape has its partner.
    ///
    /// JSON allows a lone one, Unicode and the API do not.
    package static func hasWholeSurrogatePairs(_ value: ByteBuffer) -> Bool {
        value.withUnsafeReadableBytes { bytes in
            var index = 0
            func takeEscapedUnit() -> UInt16? {
                guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"),
                    bytes[index + 1] == UInt8(ascii: "u")
                else { return nil }
                defer { index += 6 }
                return UInt16(truncatingIfNeeded: Self.hexValue(bytes, at: index + 2))
            }
            while index < bytes.count {
                guard let unit = takeEscapedUnit() else {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                    continue
                }
                if UTF16.isTrailSurrogate(unit) { return false }
                guard UTF16.isLeadSurrogate(unit) else { continue }
                guard let next = takeEscapedUnit(), UTF16.isTrailSurrogate(next) else { return false }
            }
            return true
        }
    }

    /// The value without white space around it.
    package static func trimmed(_ value: ByteBuffer) -> ByteBuffer {
        let view = value.readableBytesView
        let isText: (UInt8) -> Bool = { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        guard let first = view.firstIndex(where: isText), let last = view.lastIndex(where: isText) else {
            return ByteBuffer()
        }
        return value.getSlice(at: first, length: last - first + 1) ?? value
    }

    /// The valid JSON `value` on one line: newlines may stand between its tokens, inside strings there are none.
    package static func singleLine(_ value: ByteBuffer) -> ByteBuffer {
        guard value.readableBytesView.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return value }
        var value = value
        value.withUnsafeMutableReadableBytes { bytes in
            for index in bytes.indices where bytes[index] == 0x0A || bytes[index] == 0x0D { bytes[index] = 0x20 }
        }
        return value
    }

    /// The text between the quotes at `span`, which a cursor has found valid.
    static func decode(_ bytes: UnsafeRawBufferPointer, _ span: JSONCursor.StringSpan) -> String {
        let content = UnsafeRawBufferPointer(rebasing: bytes[span.start..<span.end])
        guard span.isEscaped else { return String(decoding: content, as: UTF8.self) }
        return Self.unescape(content)
    }

    private static func appendEscaped(_ text: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: text.count + 2)
        buffer.writeInteger(UInt8(ascii: "\""))
        var runStart = 0
        for index in 0..<text.count {
            let byte = text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: text[runStart..<index]))
            runStart = index + 1
            switch byte {
            case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
            case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
            case 0x08: buffer.writeStaticString("\\b")
            case 0x09: buffer.writeStaticString("\\t")
            case 0x0A: buffer.writeStaticString("\\n")
            case 0x0C: buffer.writeStaticString("\\f")
            case 0x0D: buffer.writeStaticString("\\r")
            default:
                buffer.writeStaticString("\\u00")
                buffer.writeInteger(self.hexDigit(byte >> 4))
                buffer.writeInteger(self.hexDigit(byte & 0x0F))
            }
        }
        buffer.writeBytes(UnsafeRawBufferPointer(rebasing: text[runStart..<text.count]))
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func unescape(_ content: UnsafeRawBufferPointer) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(content.count)
        var index = 0
        while index < content.count {
            let byte = content[index]
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                index += 1
                continue
            }
            let letter = content[index + 1]
            index += 2
            switch letter {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                let scalar = self.unescapeScalar(content, at: &index)
                text.append(contentsOf: String(Character(scalar)).utf8)
            default: text.append(letter)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads four hex digits at `index`, and four more if the first were half of a pair.
    private static func unescapeScalar(_ content: UnsafeRawBufferPointer, at index: inout Int) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let first = self.hexValue(content, at: index)
        index += 4
        guard UTF16.isLeadSurrogate(UInt16(first)) else { return Unicode.Scalar(first) ?? replacement }
        guard index + 6 <= content.count, content[index] == UInt8(ascii: "\\"),
            content[index + 1] == UInt8(ascii: "u")
        else { return replacement }
        let second = self.hexValue(content, at: index + 2)
        guard UTF16.isTrailSurrogate(UInt16(second)) else { return replacement }
        index += 6
        return Unicode.Scalar(0x10000 + ((first & 0x3FF) << 10) + (second & 0x3FF)) ?? replacement
    }

    private static func hexValue(_ content: UnsafeRawBufferPointer, at index: Int) -> UInt32 {
        var value: UInt32 = 0
        for byte in content[index..<index + 4] {
            let digit = byte < 0x40 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
