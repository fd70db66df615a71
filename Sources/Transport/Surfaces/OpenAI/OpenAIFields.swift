import Agent
import NIOCore

/// Reads an object of a request, and says of the first wrong field which it is.
///
/// Fields that nobody asks for are passed over, as OpenAI's own clients send ever more of them.
struct OpenAIFields {
    let object: JSONObject
    /// Where it stands, as a JSON pointer; empty for the body itself.
    let path: String

    /// A request's body.
    init(_ body: ByteBuffer) throws(Problem) {
        guard let object = JSONObject(body) else { throw Problem(.invalidJSON, "The body is not a JSON object.") }
        self.init(object, at: "")
    }

    init(_ object: JSONObject, at path: String) {
        self.object = object
        self.path = path
    }

    /// A text without U+0000.
    func string(_ key: StaticString, maximumBytes: Int = .max) throws(Problem) -> String? {
        guard let raw = self.object.nonNull(key) else { return nil }
        guard let text = JSONText.string(raw) else { throw self.wrong(key, "must be a string") }
        guard text.utf8.count <= maximumBytes else { throw self.wrong(key, "is longer than \(maximumBytes) bytes") }
        guard !text.utf8.contains(0) else { throw self.wrong(key, "has a character U+0000") }
        return text
    }

    func bool(_ key: StaticString) throws(Problem) -> Bool? {
        guard self.object.nonNull(key) != nil else { return nil }
        guard let value = self.object.bool(key) else { throw self.wrong(key, "must be true or false") }
        return value
    }

    func integer(_ key: StaticString, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard self.object.nonNull(key) != nil else { return nil }
        guard let number = self.object.int(key), range.contains(number) else {
            throw self.wrong(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// An object within.
    func fields(_ key: StaticString) throws(Problem) -> OpenAIFields? {
        guard let raw = self.object.nonNull(key) else { return nil }
        guard let object = JSONObject(raw) else { throw self.wrong(key, "must be an object") }
        return OpenAIFields(object, at: "\(self.path)/\(key)")
    }

    /// The objects of an array.
    func list(_ key: StaticString) throws(Problem) -> [OpenAIFields]? {
        guard let raw = self.object.nonNull(key) else { return nil }
        guard let elements = JSONObject.elements(raw) else { throw self.wrong(key, "must be an array") }
        var list: [OpenAIFields] = []
        for (place, element) in elements.enumerated() {
            let path = "\(self.path)/\(key)/\(place)"
            guard let object = JSONObject(element) else { throw .wrong(path, "must be an object") }
            list.append(OpenAIFields(object, at: path))
        }
        return list
    }

    /// Whether there is something in a list or an object.
    func isFilled(_ key: StaticString) -> Bool {
        guard let raw = self.object.nonNull(key) else { return false }
        if let elements = JSONObject.elements(raw) { return !elements.isEmpty }
        return JSONObject(raw).map { !$0.members.isEmpty } ?? true
    }

    func wrong(_ key: StaticString, _ message: String) -> Problem {
        .wrong("\(self.path)/\(key)", message)
    }
}
