import Agent
import NIOCore

extension OpenAIMessage {
    /// Reads a message of either API.
    ///
    /// - Parameter fields: `{"role","content"}`, with `tool_calls` where there are any.
    /// - Throws: `Problem` naming what is wrong.
    init(_ fields: OpenAIFields) throws(Problem) {
        switch try fields.string("role") {
        case "system", "developer": self.role = .system
        case "user": self.role = .user
        case "assistant": self.role = .assistant
        case "tool", "function": self.role = .tool
        case nil: throw fields.wrong("role", "is missing")
        case _?: throw fields.wrong("role", "must be one of system, developer, user, assistant, tool")
        }
        var parts = try Self.parts(fields, "content", isRequired: self.role != .assistant)
        // Tools of the client's: another agent's work, told as text.
        for call in try fields.list("tool_calls") ?? [] {
            guard let function = try call.fields("function") else { continue }
            let (name, arguments) = (try function.string("name") ?? "", try function.string("arguments") ?? "")
            parts.append(.text("[Called \(name) with \(arguments)]"))
        }
        self.parts = parts
    }

    /// Reads what a message says: a string, or parts.
    ///
    /// - Parameters:
    ///   - fields: the message.
    ///   - key: `content`, or `output` of a tool's.
    ///   - isRequired: whether it must be there.
    /// - Returns: the parts that say something.
    /// - Throws: `Problem` naming what is wrong.
    static func parts(_ fields: OpenAIFields, _ key: StaticString, isRequired: Bool) throws(Problem) -> [Part] {
        guard let raw = fields.object.nonNull(key) else {
            guard !isRequired else { throw fields.wrong(key, "is missing") }
            return []
        }
        if raw.getInteger(at: raw.readerIndex, as: UInt8.self) == UInt8(ascii: "\"") {
            let text = try fields.string(key) ?? ""
            return text.isEmpty ? [] : [.text(text)]
        }
        guard let list = try fields.list(key) else { return [] }
        var parts: [Part] = []
        for part in list { if let read = try Self.part(part) { parts.append(read) } }
        return parts
    }

    private static func part(_ part: OpenAIFields) throws(Problem) -> Part? {
        switch try part.string("type") {
        case "text", "input_text", "output_text": try Self.text(part, "text")
        case "refusal": try Self.text(part, "refusal")
        case "image_url": .block(try Self.image(part.fields("image_url"), "url", in: part))
        case "input_image": .block(try Self.image(part, "image_url", in: part))
        case "file": .block(try Self.document(part.fields("file"), in: part))
        case "input_file": .block(try Self.document(part, in: part))
        case nil: throw part.wrong("type", "is missing")
        case let type?: throw .unsupported("\(part.path)/type", "Content of the type '\(type)' is not supported here.")
        }
    }

    private static func text(_ part: OpenAIFields, _ key: StaticString) throws(Problem) -> Part? {
        guard let text = try part.string(key) else { throw part.wrong(key, "is missing") }
        return text.isEmpty ? nil : .text(text)
    }

    private static func image(
        _ fields: OpenAIFields?,
        _ key: StaticString,
        in part: OpenAIFields
    ) throws(Problem) -> ByteBuffer {
        guard let fields, let url = try fields.string(key) else {
            throw part.wrong("image_url", "is missing: images come as data URLs or addresses")
        }
        let pointer = "\(fields.path)/\(key)"
        guard let (type, data) = Self.dataURL(url) else {
            var block = ByteBuffer(string: "{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":")
            JSONText.append(url, to: &block)
            block.writeString("}}")
            return try Self.checked(block, at: pointer)
        }
        return try Self.block("image", type == "image/jpg" ? "image/jpeg" : type, data, title: nil, at: pointer)
    }

    private static func document(_ fields: OpenAIFields?, in part: OpenAIFields) throws(Problem) -> ByteBuffer {
        guard let fields, let url = try fields.string("file_data") else {
            throw .unsupported(part.path, "Files come as file_data, a data URL: there are none by id or address here.")
        }
        let pointer = "\(fields.path)/file_data"
        guard let (type, data) = Self.dataURL(url), type == "application/pdf" else {
            throw .unsupported(pointer, "A file must be a data URL of a PDF (data:application/pdf;base64,…).")
        }
        return try Self.block("document", type, data, title: fields.string("filename"), at: pointer)
    }

    /// The type and the base64 of `data:TYPE;base64,DATA`.
    private static func dataURL(_ url: String) -> (type: String, data: Substring)? {
        guard url.utf8.prefix(5).elementsEqual("data:".utf8), let comma = url.utf8.firstIndex(of: UInt8(ascii: ","))
        else { return nil }
        let head = url[..<comma].dropFirst(5).split(separator: ";")
        guard let type = head.first, head.last == "base64", head.count > 1 else { return nil }
        return (type.lowercased(), url[url.utf8.index(after: comma)...])
    }

    private static func block(
        _ kind: String,
        _ type: String,
        _ data: Substring,
        title: String?,
        at pointer: String
    ) throws(Problem) -> ByteBuffer {
        var block = ByteBuffer(string: "{\"type\":\"\(kind)\",\"source\":{\"type\":\"base64\",\"media_type\":")
        JSONText.append(type, to: &block)
        block.writeString(",\"data\":")
        JSONText.append(String(data), to: &block)
        block.writeString("}")
        if let title, !title.allSatisfy(\.isWhitespace) {
            block.writeString(",\"title\":")
            JSONText.append(title, to: &block)
        }
        block.writeString("}")
        return try Self.checked(block, at: pointer)
    }

    /// Checks a block by itself, so that a refusal names it.
    private static func checked(_ block: ByteBuffer, at pointer: String) throws(Problem) -> ByteBuffer {
        var alone = ByteBuffer(string: "[")
        alone.writeImmutableBuffer(block)
        alone.writeString("]")
        do {
            _ = try PromptContent(alone, limits: ContentLimits(allowsURLs: true))
        } catch {
            throw .wrong(pointer, error.message)
        }
        return block
    }
}
