package import NIOCore

/// What one pass over a line finds without decoding it.
///
/// The line is one JSON object, strictly (see `JSONCursor`); of its members only those that say what the line is about
/// are looked at, in whatever order they come. Offsets are from the first of the scanned bytes.
package struct LineScan {
    typealias StringSpan = JSONCursor.StringSpan

    private(set) var type: StringSpan?
    private(set) var subtype: StringSpan?
    private(set) var sessionID: StringSpan?
    private(set) var uuid: StringSpan?
    /// Of control lines, `control_response` excepted, which carries it one level down.
    private(set) var requestID: StringSpan?
    /// `parent_tool_use_id` is there and not null: a sub-agent speaks.
    package private(set) var hasParentToolUse = false
    /// A carriage return stands between tokens, where a Server-Sent Event must have none.
    package private(set) var hasCarriageReturn = false

    /// Scans one line without its newline; nil if it is not one JSON object.
    package init?(_ line: ByteBuffer) {
        let scan = line.withUnsafeReadableBytes { LineScan($0) }
        guard let scan else { return nil }
        self = scan
    }

    /// Scans `bytes`; nil if they are not one JSON object.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard var cursor = JSONCursor(bytes) else { return nil }
        cursor.skipWhitespace()
        guard cursor.take(UInt8(ascii: "{")) else { return nil }
        cursor.skipWhitespace()
        if !cursor.take(UInt8(ascii: "}")) {
            while true {
                guard let key = cursor.skipString() else { return nil }
                cursor.skipWhitespace()
                guard cursor.take(UInt8(ascii: ":")) else { return nil }
                cursor.skipWhitespace()
                guard self.takeValue(of: Self.field(bytes, key), &cursor) else { return nil }
                cursor.skipWhitespace()
                if cursor.take(UInt8(ascii: "}")) { break }
                guard cursor.take(UInt8(ascii: ",")) else { return nil }
                cursor.skipWhitespace()
            }
        }
        cursor.skipWhitespace()
        guard cursor.isAtEnd else { return nil }
        self.hasCarriageReturn = cursor.sawCarriageReturn
    }

    private enum Field {
        case type, subtype, sessionID, uuid, requestID, parentToolUseID, other
    }

    /// The last of two members with one name counts, as in JavaScript.
    @inline(__always)
    private mutating func takeValue(of field: Field, _ cursor: inout JSONCursor) -> Bool {
        if field == .other { return cursor.skipValue(depth: 1) }
        var text: StringSpan?
        let isNull = cursor.current == UInt8(ascii: "n")
        if cursor.current == UInt8(ascii: "\"") {
            guard let span = cursor.skipString() else { return false }
            text = span
        } else {
            guard cursor.skipValue(depth: 1) else { return false }
        }
        switch field {
        case .type: self.type = text
        case .subtype: self.subtype = text
        case .sessionID: self.sessionID = text
        case .uuid: self.uuid = text
        case .requestID: self.requestID = text
        case .parentToolUseID: self.hasParentToolUse = !isNull
        case .other: break
        }
        return true
    }

    @inline(__always)
    private static func field(_ bytes: UnsafeRawBufferPointer, _ key: StringSpan) -> Field {
        if key.isEscaped { return self.field(named: JSONText.decode(bytes, key)) }
        switch key.end &- key.start {
        case 4:
            if self.matches(bytes, key, "type") { return .type }
            return self.matches(bytes, key, "uuid") ? .uuid : .other
        case 7: return self.matches(bytes, key, "subtype") ? .subtype : .other
        case 10:
            if self.matches(bytes, key, "session_id") { return .sessionID }
            return self.matches(bytes, key, "request_id") ? .requestID : .other
        case 18: return self.matches(bytes, key, "parent_tool_use_id") ? .parentToolUseID : .other
        default: return .other
        }
    }

    private static func field(named key: String) -> Field {
        switch key {
        case "type": .type
        case "subtype": .subtype
        case "session_id": .sessionID
        case "uuid": .uuid
        case "request_id": .requestID
        case "parent_tool_use_id": .parentToolUseID
        default: .other
        }
    }

    /// Whether the text at `span`, which is as long as `name`, is `name`.
    @inline(__always)
    private static func matches(_ bytes: UnsafeRawBufferPointer, _ span: StringSpan, _ name: StaticString) -> Bool {
        for index in 0..<(span.end &- span.start) where bytes[span.start &+ index] != name.utf8Start[index] {
            return false
        }
        return true
    }
}
