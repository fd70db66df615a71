import Agent
import NIOCore

/// The conversation that a stateless client sends along, as one prompt for an agent.
///
/// What the user said stands in lines one after the other; what was answered stands between them as
/// `[Previous response: …]`, once something was said. Images and documents keep their places.
struct AnthropicConversation {
    private enum Part {
        case text(String)
        /// A content block, and where the client has it.
        case block(ByteBuffer, origin: String)
    }

    /// Links are fetched by the Messages API; the session is for this one prompt.
    private static let limits = ContentLimits(allowsURLs: true)

    /// `system` and the messages of that role.
    private(set) var system: String?
    private var parts: [Part] = []
    private var errors: [Problem.FieldError] = []
    /// What is read stands in the result of a tool.
    private var isNested = false
    /// Roughly what the Messages API would count.
    private(set) var estimate = TokenEstimate()

    /// - Parameters:
    ///   - messages: the raw field.
    ///   - system: the raw field: a string, or text blocks.
    init(_ messages: ByteBuffer?, system: ByteBuffer?) {
        if let system { self.add(system: system, at: "/system") }
        guard let list = messages.map({ JSONObject.elements($0) }) else {
            self.fail("/messages", "Field required")
            return
        }
        if list == nil { self.fail("/messages", "must be an array") }
        for (place, message) in (list ?? []).enumerated() { self.add(message, at: "/messages/\(place)") }
        if self.parts.isEmpty, self.errors.isEmpty { self.fail("/messages", "no user messages found") }
    }

    /// - Throws: `Problem` with everything that is wrong but what a file holds.
    func check() throws(Problem) {
        guard self.errors.isEmpty else {
            throw Problem(.invalidRequest, "The messages are wrong.", errors: self.errors)
        }
    }

    /// Everything that is wrong, or the prompt's content.
    func content() -> Result<ByteBuffer, Problem> {
        guard self.errors.isEmpty else {
            return .failure(Problem(.invalidRequest, "The messages are wrong.", errors: self.errors))
        }
        var blocks: [(bytes: ByteBuffer, origin: String)] = []
        var text: [String] = []
        func flush() {
            guard !text.isEmpty else { return }
            blocks.append((AnthropicMessage.textBlock(text.joined(separator: "\n")), "/messages"))
            text = []
        }
        for part in self.parts {
            switch part {
            case .text(let line): text.append(line)
            case .block(let bytes, let origin):
                flush()
                blocks.append((bytes, origin))
            }
        }
        var json = ByteBuffer()
        if blocks.isEmpty {
            json = JSONText.quoted(text.joined(separator: "\n"))
        } else {
            flush()
            json.writeString("[")
            for (place, block) in blocks.enumerated() {
                if place > 0 { json.writeString(",") }
                json.writeImmutableBuffer(block.bytes)
            }
            json.writeString("]")
        }
        do throws(ContentError) {
            return .success(try PromptContent(json, limits: Self.limits).bytes)
        } catch {
            // `/3/source/data` of the prompt is somewhere else for the client.
            let steps = error.pointer.split(separator: "/", maxSplits: 1)
            let origin = steps.first.flatMap { Int($0) }.flatMap {
                blocks.indices.contains($0) ? blocks[$0].origin : nil
            }
            let rest = steps.count > 1 ? "/\(steps[1])" : ""
            let field = Problem.FieldError(pointer: "\(origin ?? "/messages")\(rest)", message: error.message)
            return .failure(Problem(.invalidRequest, "The messages are wrong.", errors: [field]))
        }
    }

    // MARK: Messages

    private mutating func add(_ message: ByteBuffer, at path: String) {
        guard let object = JSONObject(message) else { return self.fail(path, "must be an object") }
        guard let role = object.string("role"), ["user", "assistant", "system"].contains(role) else {
            return self.fail("\(path)/role", "must be user, assistant or system")
        }
        guard let content = object.nonNull("content") else { return self.fail("\(path)/content", "Field required") }
        self.estimate.addMessage()
        switch role {
        case "user": self.add(user: content, at: "\(path)/content")
        case "system": self.add(system: content, at: "\(path)/content")
        default:
            let said = self.texts(of: content, at: "\(path)/content").joined(separator: "\n")
            if !said.isEmpty, !self.parts.isEmpty { self.parts.append(.text("[Previous response: \(said)]")) }
        }
    }

    private mutating func add(system: ByteBuffer, at path: String) {
        let text = self.texts(of: system, at: path).joined(separator: "\n\n")
        self.system = [self.system, text].compactMap(\.self).joined(separator: "\n\n")
    }

    private mutating func add(user content: ByteBuffer, at path: String) {
        if let text = JSONText.string(content) {
            self.estimate.add(text: text)
            return self.parts.append(.text(text))
        }
        guard let blocks = JSONObject.elements(content) else { return self.fail(path, "must be a string or an array") }
        for (place, block) in blocks.enumerated() { self.add(block: block, at: "\(path)/\(place)") }
    }

    private mutating func add(block: ByteBuffer, at path: String) {
        guard let object = JSONObject(block) else { return self.fail(path, "must be an object") }
        switch object.string("type") {
        case "image":
            self.estimate.addImage()
            self.parts.append(.block(Self.media(object, ["type", "source"]), origin: path))
        case "document":
            self.estimate.add(document: object.object("source"))
            self.parts.append(.block(Self.media(object, ["type", "source", "title", "context"]), origin: path))
        case "tool_result":
            self.parts.append(.text("[Result of a tool:"))
            object.nonNull("content").map { self.add(nested: $0, at: "\(path)/content") }
            self.parts.append(.text("]"))
        default: self.parts += self.text(of: object, at: path).map { [.text($0)] } ?? []
        }
    }

    /// What stands in a block is no such block again.
    private mutating func add(nested content: ByteBuffer, at path: String) {
        guard !self.isNested else { return self.fail(path, "stands too deep") }
        self.isNested = true
        self.add(user: content, at: path)
        self.isNested = false
    }

    /// The block without members that say nothing to an agent (`citations`, `transformations`).
    private static func media(_ object: JSONObject, _ known: Set<String>) -> ByteBuffer {
        var json = ByteBuffer(string: "{")
        for (key, value) in object.members where known.contains(key) {
            if json.readableBytes > 1 { json.writeString(",") }
            JSONText.append(key, to: &json)
            json.writeString(":")
            json.writeImmutableBuffer(value)
        }
        json.writeString("}")
        return json
    }

    // MARK: Texts

    /// The texts of a string or of blocks.
    private mutating func texts(of content: ByteBuffer, at path: String) -> [String] {
        if let text = JSONText.string(content) {
            self.estimate.add(text: text)
            return [text]
        }
        guard let blocks = JSONObject.elements(content) else {
            self.fail(path, "must be a string or an array")
            return []
        }
        return blocks.enumerated().compactMap { place, block in
            guard let object = JSONObject(block) else {
                self.fail("\(path)/\(place)", "must be an object")
                return nil
            }
            return self.text(of: object, at: "\(path)/\(place)")
        }
    }

    /// One block as text; `nil` for one that is not handed on.
    private mutating func text(of block: JSONObject, at path: String) -> String? {
        let text: String?
        switch block.string("type") {
        case "text": text = block.string("text")
        // What an earlier answer thought belongs to the model that thought it.
        case "thinking", "redacted_thinking": return nil
        case "tool_use", "server_tool_use":
            let input = block.raw("input").map { String(buffer: $0) } ?? "{}"
            text = "[Call of the tool \(block.string("name") ?? ""): \(input)]"
        case "search_result":
            let found = JSONObject.elements(block.raw("content") ?? ByteBuffer())?
                .compactMap { JSONObject($0)?.string("text") }
            text = ([block.string("title") ?? ""] + (found ?? [])).joined(separator: "\n")
        case let type?:
            self.fail("\(path)/type", "blocks of type \(type.prefix(64)) are not taken here")
            return nil
        case nil:
            self.fail("\(path)/type", "Field required")
            return nil
        }
        guard let text else {
            self.fail("\(path)/text", "Field required")
            return nil
        }
        self.estimate.add(text: text)
        return text
    }

    private mutating func fail(_ pointer: String, _ message: String) {
        self.errors.append(Problem.FieldError(pointer: pointer, message: message))
    }
}
