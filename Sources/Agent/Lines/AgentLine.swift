package import NIOCore

/// One line a child printed: its own bytes, and what a scan found in them without decoding.
package struct AgentLine: Sendable {
    /// What the server has to do with a line.
    package enum Kind: Sendable, Equatable {
        /// A message for the clients.
        case message
        /// The CLI asks the host something and waits.
        case controlRequest
        /// The CLI answers a request of the host.
        case controlResponse
        /// The CLI no longer needs an answer.
        case controlCancelRequest
        case keepAlive
        /// Not a JSON object; `bytes` are a JSON string of its text, cut and lossy.
        case invalid
        /// Longer than the limit. The whole line is in the file at `path` (empty if it could not be written) and `bytes`
        /// are `{"truncated":true,"bytes":N,"prefix":"…"}`.
        case spilled(path: String, bytes: Int)
    }

    /// The CLI's own bytes without newline, fit to stand inside other JSON and in one line of a Server-Sent Event.
    ///
    /// Byte for byte, except that white space at the end is gone and a carriage return between tokens is a space.
    package let bytes: ByteBuffer
    /// The member `type`; `unknown` if there is none, `invalid` and `spilled` for those kinds.
    package let type: String
    /// The member `subtype`.
    package let subtype: String?
    /// `agent.` and the type, and for `system` lines `.` and the subtype; letters, digits and `._-` only.
    package let eventType: String
    package let kind: Kind
    /// A sub-agent speaks (`parent_tool_use_id` is not null).
    package let isFromSubagent: Bool
    /// Superseded by a whole message that follows; kept in memory only.
    package let isPreview: Bool
    private let sessionIDSpan: JSONCursor.StringSpan?
    private let uuidSpan: JSONCursor.StringSpan?
    private let requestIDSpan: JSONCursor.StringSpan?

    /// Bytes of an invalid line that are kept.
    static let maximumInvalidBytes = 4096
    /// Bytes of a spilled line that are kept in its marker.
    static let spilledPrefixBytes = 1024

    /// The member `session_id`.
    package var sessionID: String? { self.text(self.sessionIDSpan) }

    /// The member `uuid`: the line's own id.
    package var uuid: String? { self.text(self.uuidSpan) }

    /// The member `request_id` at the top; that of a `controlResponse` is in `ControlResponse`.
    package var requestID: String? { self.text(self.requestIDSpan) }

    /// Reads one line of a child; nil if it is blank.
    package init?(_ framed: FramedLine) {
        switch framed {
        case .line(let bytes):
            self.init(bytes)
        case .spilled(let path, let count, let prefix):
            self.init(spilledTo: path, bytes: count, prefix: prefix)
        }
    }

    /// Reads one line without its newline; nil if it is blank.
    package init?(_ line: ByteBuffer) {
        var line = line
        Self.trimEnd(&line)
        guard line.readableBytes > 0 else { return nil }
        guard let scan = LineScan(line) else {
            self.init(invalid: line)
            return
        }
        if scan.hasCarriageReturn { Self.replaceCarriageReturns(&line) }
        self.init(line, scan)
    }

    /// The same line of kind `spilled` with its file at another place; other lines stay as they are.
    func moved(to path: String) -> AgentLine {
        guard case .spilled(_, let count) = self.kind else { return self }
        let kind = Kind.spilled(path: path, bytes: count)
        return AgentLine(self.bytes, kind: kind, type: self.type, eventType: self.eventType)
    }

    private init(_ line: ByteBuffer, _ scan: LineScan) {
        let type = line.withUnsafeReadableBytes { bytes in scan.type.map { JSONText.decode(bytes, $0) } }
        let subtype = line.withUnsafeReadableBytes { bytes in scan.subtype.map { JSONText.decode(bytes, $0) } }
        let name = LineName.find(type: type ?? "unknown")
        self.bytes = line
        self.type = name.type
        self.subtype = subtype
        if name.type == "system", let subtype {
            (self.eventType, self.isPreview) = LineName.find(systemSubtype: subtype)
        } else {
            self.eventType = name.eventType
            self.isPreview = name.isPreview
        }
        self.kind =
            switch name.type {
            case "control_request": .controlRequest
            case "control_response": .controlResponse
            case "control_cancel_request": .controlCancelRequest
            case "keep_alive": .keepAlive
            default: .message
            }
        self.isFromSubagent = scan.hasParentToolUse
        self.sessionIDSpan = scan.sessionID
        self.uuidSpan = scan.uuid
        self.requestIDSpan = scan.requestID
    }

    private init(invalid line: ByteBuffer) {
        var bytes = ByteBuffer()
        JSONText.append(lossy: line.readableBytesView.prefix(Self.maximumInvalidBytes), to: &bytes)
        self.init(bytes, kind: .invalid, type: "invalid", eventType: "agent.invalid")
    }

    private init(spilledTo path: String, bytes count: Int, prefix: ByteBuffer) {
        var bytes = ByteBuffer()
        bytes.writeStaticString("{\"truncated\":true,\"bytes\":")
        bytes.writeString(String(count))
        bytes.writeStaticString(",\"prefix\":")
        JSONText.append(lossy: prefix.readableBytesView.prefix(Self.spilledPrefixBytes), to: &bytes)
        bytes.writeStaticString("}")
        let kind = Kind.spilled(path: path, bytes: count)
        self.init(bytes, kind: kind, type: "spilled", eventType: "agent.spilled")
    }

    private init(_ bytes: ByteBuffer, kind: Kind, type: String, eventType: String) {
        self.bytes = bytes
        self.type = type
        self.subtype = nil
        self.eventType = eventType
        self.kind = kind
        self.isFromSubagent = false
        self.isPreview = false
        self.sessionIDSpan = nil
        self.uuidSpan = nil
        self.requestIDSpan = nil
    }

    private func text(_ span: JSONCursor.StringSpan?) -> String? {
        guard let span else { return nil }
        return self.bytes.withUnsafeReadableBytes { JSONText.decode($0, span) }
    }

    private static func trimEnd(_ line: inout ByteBuffer) {
        let length = line.withUnsafeReadableBytes { bytes in
            var end = bytes.count
            while end > 0, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x0D || bytes[end - 1] == 0x09 { end -= 1 }
            return end
        }
        line.moveWriterIndex(to: line.readerIndex + length)
    }

    /// Inside strings there is none, or the line would not have been JSON.
    private static func replaceCarriageReturns(_ line: inout ByteBuffer) {
        line.withUnsafeMutableReadableBytes { bytes in
            for index in bytes.indices where bytes[index] == 0x0D { bytes[index] = 0x20 }
        }
    }
}
