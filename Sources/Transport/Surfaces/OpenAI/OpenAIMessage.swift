import Agent
import NIOCore

/// One message of a conversation, as both of OpenAI's APIs send them.
struct OpenAIMessage: Equatable, Sendable {
    enum Role: String, Sendable {
        case system, user, assistant, tool
    }

    /// A piece of what it says.
    enum Part: Equatable, Sendable {
        case text(String)
        /// A content block of Anthropic's, as JSON: an image or a document.
        case block(ByteBuffer)
    }

    let role: Role
    let parts: [Part]

    /// Its texts, one a line.
    var text: String {
        self.parts.compactMap { part in if case .text(let text) = part { text } else { nil } }.joined(separator: "\n")
    }

    /// The same message has the same, whichever way it is written.
    var digest: String {
        var buffer = ByteBuffer(string: self.role.rawValue)
        for part in self.parts {
            switch part {
            case .text(let text): JSONText.append(text, to: &buffer)
            case .block(let block): buffer.writeImmutableBuffer(block)
            }
        }
        return Digest.sha256(buffer)
    }

    /// An assistant's message that says something.
    static func said(_ text: String) -> OpenAIMessage {
        OpenAIMessage(role: .assistant, parts: text.isEmpty ? [] : [.text(text)])
    }

    /// The prompt that some messages become.
    ///
    /// What users say stands line by line; what else was said before the end stands in brackets, as clinvoker has it.
    ///
    /// - Parameters:
    ///   - messages: without the system's.
    ///   - parameter: where they stand in the request.
    ///   - isOnce: whether nobody goes on with the session; then images may be addresses.
    /// - Returns: a prompt's content, checked.
    /// - Throws: `Problem` when nothing of it can be a prompt.
    static func prompt(
        of messages: [OpenAIMessage],
        at parameter: String,
        isOnce: Bool = false
    ) throws(Problem) -> ByteBuffer {
        guard messages.contains(where: { $0.role == .user && !$0.parts.isEmpty }) else {
            throw .wrong(parameter, "must have a message of the user that says something")
        }
        var runs: [Part] = []
        func add(_ text: String) {
            if case .text(let before)? = runs.last {
                runs[runs.count - 1] = .text("\(before)\n\(text)")
            } else {
                runs.append(.text(text))
            }
        }
        for message in messages {
            switch message.role {
            case .system: add("[System: \(message.text)]")
            case .assistant: if !runs.isEmpty, !message.parts.isEmpty { add("[Previous response: \(message.text)]") }
            case .tool: add("[Tool result: \(message.text)]")
            case .user:
                for part in message.parts {
                    switch part {
                    case .text(let text): add(text)
                    case .block: runs.append(part)
                    }
                }
            }
        }
        return try Self.content(runs, at: parameter, isOnce: isOnce)
    }

    private static func content(
        _ runs: [Part],
        at parameter: String,
        isOnce: Bool
    ) throws(Problem) -> ByteBuffer {
        var json = ByteBuffer()
        if case .text(let text)? = runs.first, runs.count == 1 {
            JSONText.append(text, to: &json)
        } else {
            json.writeString("[")
            for (place, run) in runs.enumerated() {
                if place > 0 { json.writeString(",") }
                switch run {
                case .text(let text):
                    json.writeString("{\"type\":\"text\",\"text\":")
                    JSONText.append(text, to: &json)
                    json.writeString("}")
                case .block(let block): json.writeImmutableBuffer(block)
                }
            }
            json.writeString("]")
        }
        do {
            return try PromptContent(json, limits: ContentLimits(allowsURLs: isOnce)).bytes
        } catch {
            // All else about images was looked at where they stand.
            guard error.code == .unsupportedType else { throw .wrong(parameter, error.message) }
            throw .unsupported(parameter, "In a conversation that goes on, images must be data URLs.")
        }
    }
}
