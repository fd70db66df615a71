import Actors
import Agent
import NIOCore

/// Reads the fields of a JSON request, and gathers everything that is wrong with them, so that a client sees it at once.
///
/// A field nobody asked for is wrong too.
struct RequestFields {
    private var object: JSONObject
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

    /// A text without U+0000, which nothing that text is given to can take.
    mutating func string(_ key: StaticString, maximumLength: Int = 4096) -> String? {
        guard let raw = self.value(key) else { return nil }
        guard let text = JSONText.string(raw) else { return self.wrong(key, "must be a string") }
        guard text.unicodeScalars.count <= maximumLength else {
            return self.wrong(key, "is longer than \(maximumLength) characters")
        }
        guard !text.utf8.contains(0) else { return self.wrong(key, "has a character U+0000") }
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
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            return self.wrong(key, "has a character U+0000") ?? []
        }
        return texts
    }

    mutating func integer(_ key: StaticString, in range: ClosedRange<Int>) -> Int? {
        guard let raw = self.value(key) else { return nil }
        // `2.0` is a whole number, `2.5` is none.
        let text = String(buffer: raw)
        guard let number = Int(text) ?? Double(text).flatMap({ Int(exactly: $0) }), range.contains(number) else {
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

    mutating func bool(_ key: StaticString) -> Bool? {
        guard self.value(key) != nil else { return nil }
        return self.object.bool(key) ?? self.wrong(key, "must be true or false")
    }

    /// An amount of money in USD, above zero.
    mutating func amount(_ key: StaticString) -> Double? {
        guard self.value(key) != nil else { return nil }
        guard let amount = self.object.double(key), amount > 0, amount < 1e9 else {
            return self.wrong(key, "must be a number above 0 and below 1000000000")
        }
        return amount
    }

    /// A JSON object, on one line.
    mutating func object(_ key: StaticString, maximumBytes: Int) -> String? {
        guard let raw = self.value(key) else { return nil }
        guard JSONObject(raw) != nil else { return self.wrong(key, "must be an object") }
        guard raw.readableBytes <= maximumBytes else { return self.wrong(key, "is longer than \(maximumBytes) bytes") }
        return String(buffer: JSONText.singleLine(raw))
    }

    /// An object whose values are strings.
    mutating func texts(_ key: StaticString) -> [String: String] {
        guard let raw = self.value(key) else { return [:] }
        guard let members = JSONObject(raw)?.members, members.count <= 64 else {
            return self.wrong(key, "must be an object of at most 64 strings") ?? [:]
        }
        var texts: [String: String] = [:]
        for (name, value) in members {
            guard let text = JSONText.string(value), !text.contains("\0") else {
                return self.wrong(key, "must be an object of strings") ?? [:]
            }
            texts[name] = text
        }
        return texts
    }

    /// Whether a field is there at all, `null` included.
    mutating func has(_ key: StaticString) -> Bool {
        self.known.insert("\(key)")
        return self.object.raw(key) != nil
    }

    /// A message's content, checked: JSON on one line.
    mutating func content(_ key: StaticString) -> ByteBuffer? {
        guard let raw = self.value(key) else { return nil }
        do {
            return try PromptContent(raw).bytes
        } catch {
            self.errors.append(Problem.FieldError(pointer: "/\(key)\(error.pointer)", message: error.message))
            return nil
        }
    }

    /// The names of all fields.
    var names: [String] { self.object.members.map(\.key) }

    /// Puts the options of the template that `template` names under the fields that are there: those count more, and a
    /// field that is `null` stands for the server's default.
    mutating func apply(_ templates: TemplateShelf) {
        guard let name = self.string("template", maximumLength: 64) else { return }
        guard let template = try? templates.template(name), let options = JSONObject(template.options) else {
            let _: Void? = self.wrong("template", "is not the name of a template")
            return
        }
        let own = Set(self.names)
        var merged = ByteBuffer(string: "{")
        let all = options.members.filter { !own.contains($0.key) } + self.object.members
        for (place, member) in all.enumerated() {
            if place > 0 { merged.writeString(",") }
            JSONText.append(member.key, to: &merged)
            merged.writeString(":")
            merged.writeImmutableBuffer(member.value)
        }
        merged.writeString("}")
        if let object = JSONObject(merged) { self.object = object }
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
}
