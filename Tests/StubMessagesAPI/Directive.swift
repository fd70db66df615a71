import Foundation

/// One line of a prompt that tells the stub what to answer.
///
/// Line k of a prompt answers the k-th model request of its turn (a turn needs several when it calls tools); when the
/// lines run out the answer is "done". A prompt without any directive is answered "echo: <prompt>".
///
///     say TEXT                  one text block
///     echo N [RATE]             N tokens "w0 w1 …", RATE a second (0 or absent: as fast as they are read)
///     forever [RATE]            tokens at RATE a second (default 20) that never end
///     big BYTES [CHUNK]         one text block of BYTES characters, CHUNK a delta (default 4096)
///     unicode                   emoji, CJK, right-to-left, combining marks, U+2028, escapes
///     think N [M]               a thinking block of N tokens, then M tokens of text (default 5)
///     memory                    the user's earlier prompts in this request, one a line
///     tool:NAME JSON            one tool call
///     tools: [{"name":…,"input":{}},…]    several in one message
///     saytool:NAME JSON         a text block, then a tool call
///     error:STATUS [K]          an HTTP error for the first K requests of this prompt (default: always), then "recovered"
///     error:stream [N [K]]      an `error` event (overloaded) after N tokens (default 3), K times (default: always)
///     error:drop [N [K]]        the connection is cut after N tokens (default 3), K times (default: always)
///     error:prompt_too_long     HTTP 400 in the API's words
///     hang                      no response at all
///     stall [N]                 N tokens (default 3), then silence with the connection open
///     ttft MS DIRECTIVE         MS milliseconds before the first byte of DIRECTIVE
///     hdr NAME=VALUE DIRECTIVE  a response header more, then DIRECTIVE
///     stop:REASON               one word with that stop reason
///     empty                     a message without content
struct Directive {
    /// What is wrong with a line, in words for its author.
    struct Malformed: Error {
        var reason: String
    }

    private static let words: Set<Substring> = [
        "say", "echo", "forever", "big", "unicode", "think", "memory", "hang", "stall", "ttft", "hdr", "empty",
    ]
    private static let prefixes = ["tools:", "tool:", "saytool:", "error:", "stop:"]

    private let word: Substring
    private let rest: Substring

    /// Nil when `line` is no directive.
    init?(_ line: Substring) {
        if let prefix = Self.prefixes.first(where: { line.hasPrefix($0) }) {
            let value = line.dropFirst(prefix.count)
            if prefix == "tools:" {
                (self.word, self.rest) = ("tools:", value)
                return
            }
            guard let first = value.first, !first.isWhitespace else { return nil }
        } else if !Self.words.contains(line.prefix { !$0.isWhitespace }) {
            return nil
        }
        self.word = line.prefix { !$0.isWhitespace }
        self.rest = line.dropFirst(self.word.count + 1)
    }

    static func isAnywhere(in text: String) -> Bool {
        text.split(whereSeparator: \.isNewline).contains { Directive($0) != nil }
    }

    /// The directives of a prompt in order; lines that are none are skipped.
    static func all(in text: String) -> [Directive] {
        text.split(whereSeparator: \.isNewline).compactMap(Directive.init)
    }

    /// Carries the line out.
    ///
    /// - Parameters:
    ///   - conversation: The request's, for what a directive repeats of it.
    ///   - failures: Counts one more request of this prompt that asks for an error, and tells how many that makes.
    /// - Returns: What to send.
    /// - Throws: `Malformed` when an argument makes no sense.
    func reply(in conversation: Conversation, failures: () -> Int) throws(Malformed) -> Reply {
        switch self.word {
        case "say":
            return .text(String(self.rest))
        case "echo":
            return Reply(blocks: [.tokens(try self.count(0, default: 5))], rate: try self.rate(1, default: 0))
        case "forever":
            return Reply(blocks: [.tokens(.max)], rate: try self.rate(0, default: 20))
        case "big":
            return Reply(blocks: [.filler(try self.count(0), piece: max(1, try self.count(1, default: 4096)))])
        case "unicode":
            return .text(Self.unicode)
        case "think":
            return Reply(blocks: [.thinking(try self.count(0)), .tokens(try self.count(1, default: 5))])
        case "memory":
            let lines = conversation.earlierPrompts.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
            return .text(lines.joined(separator: "\n"))
        case "hang":
            return Reply(kind: .hang)
        case "stall":
            return Reply(blocks: [.tokens(try self.count(0, default: 3))], ending: .stall)
        case "ttft", "hdr":
            return try self.wrapped(in: conversation, failures: failures)
        case "empty":
            return Reply()
        case "tools:":
            return Reply(blocks: try Self.toolCalls(self.rest), ending: .stop(reason: "tool_use"))
        default:
            return try self.prefixed(failures: failures)
        }
    }

    private func prefixed(failures: () -> Int) throws(Malformed) -> Reply {
        let prefix = self.word.prefix { $0 != ":" }
        let value = String(self.word.dropFirst(prefix.count + 1))
        switch (prefix, value) {
        case ("tool", _):
            return Reply(blocks: [try self.toolCall(value)], ending: .stop(reason: "tool_use"))
        case ("saytool", _):
            let text = Reply.Block.text("I will use a tool.", piece: 64)
            return Reply(blocks: [text, try self.toolCall(value)], ending: .stop(reason: "tool_use"))
        case ("stop", _):
            return Reply(blocks: [.text("cut", piece: 64)], ending: .stop(reason: value))
        case ("error", "stream"):
            return try self.cut(.error, failures: failures)
        case ("error", "drop"):
            return try self.cut(.drop, failures: failures)
        case ("error", "prompt_too_long"):
            let text = "prompt is too long: 250000 tokens > 200000 maximum"
            return Reply(kind: .failure(status: 400, type: "invalid_request_error", text: text))
        default:
            guard let status = Int(value), (400...599).contains(status) else {
                throw Malformed(reason: "\(value) is no error status")
            }
            let limit = try self.count(0, default: .max)
            guard failures() <= limit else { return .text("recovered") }
            return Reply(kind: .failure(status: status, type: Self.errorType(status), text: "stub says \(status)"))
        }
    }

    /// `error:stream [N [K]]` and `error:drop [N [K]]`.
    private func cut(_ ending: Reply.Ending, failures: () -> Int) throws(Malformed) -> Reply {
        let tokens = try self.count(0, default: 3)
        let limit = try self.count(1, default: .max)
        return failures() <= limit ? Reply(blocks: [.tokens(tokens)], ending: ending) : .text("recovered")
    }

    /// `ttft MS DIRECTIVE` and `hdr NAME=VALUE DIRECTIVE`.
    private func wrapped(in conversation: Conversation, failures: () -> Int) throws(Malformed) -> Reply {
        let argument = self.rest.prefix { !$0.isWhitespace }
        guard let inner = Directive(self.rest.dropFirst(argument.count + 1)) else {
            throw Malformed(reason: "no directive after \(self.word) \(argument)")
        }
        var reply = try inner.reply(in: conversation, failures: failures)
        if self.word == "ttft" {
            guard let milliseconds = Double(argument), milliseconds.isFinite, milliseconds >= 0 else {
                throw Malformed(reason: "\(argument) is no number of milliseconds")
            }
            reply.delay = .milliseconds(milliseconds)
        } else {
            let pair = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { throw Malformed(reason: "\(argument) is not NAME=VALUE") }
            reply.headers[String(pair[0])] = String(pair[1])
        }
        return reply
    }

    // MARK: Arguments

    private func argument(_ index: Int) -> Substring? {
        let arguments = self.rest.split(whereSeparator: \.isWhitespace)
        return index < arguments.count ? arguments[index] : nil
    }

    private func count(_ index: Int, default fallback: Int? = nil) throws(Malformed) -> Int {
        guard let text = self.argument(index) else {
            guard let fallback else { throw Malformed(reason: "argument \(index + 1) is missing") }
            return fallback
        }
        guard let count = Int(text), count >= 0 else { throw Malformed(reason: "\(text) is no count") }
        return count
    }

    /// Nil stands for no limit, which is written 0.
    private func rate(_ index: Int, default fallback: Double) throws(Malformed) -> Double? {
        guard let text = self.argument(index) else { return fallback > 0 ? fallback : nil }
        guard let rate = Double(text), rate.isFinite, rate >= 0 else { throw Malformed(reason: "\(text) is no rate") }
        return rate > 0 ? rate : nil
    }

    private func toolCall(_ name: String) throws(Malformed) -> Reply.Block {
        let input = self.rest.allSatisfy(\.isWhitespace) ? "{}" : String(self.rest)
        guard (try? JSONSerialization.jsonObject(with: Data(input.utf8))) is [String: Any] else {
            throw Malformed(reason: "the input of \(name) is no JSON object")
        }
        return .tool(name: name, input: input)
    }

    private static func toolCalls(_ list: Substring) throws(Malformed) -> [Reply.Block] {
        let calls = try? JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]]
        guard let calls else { throw Malformed(reason: "no JSON list of objects") }
        var blocks: [Reply.Block] = []
        for call in calls {
            guard let name = call["name"] as? String, let input = call["input"] as? [String: Any],
                let data = try? JSONSerialization.data(withJSONObject: input, options: [.sortedKeys])
            else { throw Malformed(reason: "a tool call needs a name and an input object") }
            blocks.append(.tool(name: name, input: String(decoding: data, as: UTF8.self)))
        }
        return blocks
    }

    private static func errorType(_ status: Int) -> String {
        switch status {
        case 400: "invalid_request_error"
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 529: "overloaded_error"
        default: "api_error"
        }
    }

    private static let unicode = """
        Grüße 👩‍👩‍👧‍👦 日本語テキスト العربية עברית e\u{301} \u{2028}line-sep\u{2029}para-sep tab\tquote" backslash\\ slash/ \
        </script> \u{0}nul? zero\u{200B}width \u{1F9EA} 𝕏 \u{FEFF}bom end
        """
}
