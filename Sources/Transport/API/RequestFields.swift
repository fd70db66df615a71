import Agent
import NIOCore

/// Reads the fields of a JSON request, and gathers everything that is wrong with them, so that a client sees it at once.
///
/// A field nobody asked for is wrong too.
struct RequestFields {
    private let object: JSONObject
    private var known: Set<String> = []
    private(set) var errors: [Problem.FieldError] = []

    /// Takes a body; an empty one stands for `{}`.
    ///
    /// - Throws: `Problem` when it is not a JSON object.
    init(_ body: ByteBuffer) throws(Problem) {
        let bytes = body.readableBytes == 0 ? ByteBuffer(string: "{}") : body
        guard let object = JSONObject(bytes) else { throw Problem(.invalidJSON, "The body is not a JSON object.") }
        self.object = object
    }

    mutating func string(_ key: StaticString, maximumBytes: Int = 4096) -> String? {
        guard let raw = self.value(key) else { return nil }
        guard let text = JSONText.string(raw) else { return self.wrong(key, "must be a string") }
        guard text.utf8.count <= maximumBytes else { return self.wrong(key, "is longer than \(maximumBytes) bytes") }
        return text
    }

    mutating func strings(_ key: StaticString) -> [String] {
        guard let raw = self.value(key) else { return [] }
        guard let elements = JSONObject.elements(raw) else {
            return self.wrong(key, "must be an array of strings") ?? []
        }
        let texts = elements.compactMap(JSONText.string)
        guard texts.count == elements.count else { return self.wrong(key, "must be an array of strings") ?? [] }
        guard texts.count <= 256 else { return self.wrong(key, "has more than 256 elements") ?? [] }
        return texts
    }

    mutating func integer(_ key: StaticString, in range: ClosedRange<Int>) -> Int? {
        guard self.value(key) != nil else { return nil }
        guard let number = self.object.int(key), range.contains(number) else {
            return self.wrong(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func oneOf(_ key: StaticString, _ choices: [String]) -> String? {
        guard let text = self.string(key) else { return nil }
        guard choices.contains(text) else {
            return self.wrong(key, "must be one of \(choices.joined(separator: ", "))")
        }
        return text
    }

    mutating func duration(_ key: StaticString, maximum: Duration) -> Duration? {
        self.integer(key, in: 1...Int(maximum / .milliseconds(1))).map { .milliseconds($0) }
    }

    /// A message's content as JSON on one line: a string, or an array of text blocks.
    mutating func content(_ key: StaticString) -> ByteBuffer? {
        guard let raw = self.value(key) else { return nil }
        if let text = JSONText.string(raw) {
            guard !text.isEmpty else { return self.wrong(key, "must not be empty") }
            return raw
        }
        guard let blocks = JSONObject.elements(raw), !blocks.isEmpty else {
            return self.wrong(key, "must be a string or an array of content blocks")
        }
        for (index, block) in blocks.enumerated() {
            guard let object = JSONObject(block), object.string("type") == "text", object.string("text") != nil else {
                self.errors.append(
                    Problem.FieldError(
                        pointer: "/\(key)/\(index)",
                        message: "must be {\"type\":\"text\",\"text\":…}; other blocks are not taken yet"
                    )
                )
                return nil
            }
        }
        return Self.onOneLine(raw)
    }

    /// Notes an error found elsewhere.
    @discardableResult
    mutating func wrong<Value>(_ key: StaticString, _ message: String) -> Value? {
        self.errors.append(Problem.FieldError(pointer: "/\(key)", message: message))
        return nil
    }

    /// Throws when anything was wrong.
    ///
    /// Call it after the last field was read.
    mutating func finish(ignoring ignored: Set<String> = []) throws(Problem) {
        for (key, _) in self.object.members where !self.known.contains(key) && !ignored.contains(key) {
            let pointer = key.replacing("~", with: "~0").replacing("/", with: "~1")
            self.errors.append(Problem.FieldError(pointer: "/\(pointer)", message: "is not a field of this request"))
        }
        guard self.errors.isEmpty else {
            throw Problem(.invalidRequest, "The request has fields that are wrong.", errors: self.errors)
        }
    }

    private mutating func value(_ key: StaticString) -> ByteBuffer? {
        self.known.insert("\(key)")
        return self.object.nonNull(key)
    }

    /// Line breaks in valid JSON stand between tokens only, where a space does as well.
    private static func onOneLine(_ json: ByteBuffer) -> ByteBuffer {
        ByteBuffer(bytes: json.readableBytesView.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
    }
}
