package import NIOCore

/// A prompt's content, checked: a JSON string, or a JSON array of content blocks that the CLI and the API take.
///
/// The CLI hands blocks on as they are, and a broken one stays in the conversation: the API then refuses every later turn.
package struct PromptContent: Sendable, Equatable {
    /// The content on a single line, without any `cache_control` (see `BlockCheck`).
    package let bytes: ByteBuffer

    /// Checks `json`; throws what is wrong with it, and where.
    ///
    /// Takes time linear in its size, and decodes one text or file at a time.
    package init(_ json: ByteBuffer, limits: ContentLimits = .default) throws(ContentError) {
        guard JSONText.isValue(json) else { throw ContentError(.invalid, at: "", "the content is not valid JSON") }
        let value = JSONText.trimmed(json)
        switch value.getInteger(at: value.readerIndex, as: UInt8.self) {
        case UInt8(ascii: "\""):
            try ContentField(value, at: "").checkText()
            self.bytes = value
        case UInt8(ascii: "["):
            self.bytes = JSONText.singleLine(try Self.check(blocks: value, limits))
        default:
            throw ContentError(.invalid, at: "", "the content must be a string or an array of content blocks")
        }
    }

    /// Checks an array of blocks and returns it, without what is not handed on.
    private static func check(blocks: ByteBuffer, _ limits: ContentLimits) throws(ContentError) -> ByteBuffer {
        var fields: [ContentField] = []
        for (index, block) in (JSONObject.elements(blocks) ?? []).enumerated() {
            fields.append(ContentField(block, at: "/\(index)"))
        }
        guard !fields.isEmpty else { throw ContentError(.invalid, at: "", "the content must have at least one block") }
        var check = BlockCheck(limits: limits)
        for field in fields { try check.check(field) }
        let changed = fields.map { $0.removing(BlockCheck.cacheControl) }
        guard changed.contains(where: { $0 != nil }) else { return blocks }
        var kept = ByteBuffer()
        for (field, changed) in zip(fields, changed) {
            kept.writeStaticString(kept.readableBytes == 0 ? "[" : ",")
            kept.writeImmutableBuffer(changed ?? field.value)
        }
        kept.writeStaticString("]")
        return kept
    }
}
