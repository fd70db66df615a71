import Agent
import NIOCore

/// Reads a request as clinvoker's framework does: what is missing or of another type is 422, with where it stands; what
/// nobody asked for is passed over.
struct ClinvokerFields {
    /// The longest text of a field that becomes an argument of a program.
    private static let maximumText = 64 << 10

    private let object: JSONObject
    /// `body`, `body.tasks[0]`.
    let location: String
    private(set) var errors: [Problem.FieldError] = []

    /// - Throws: `Problem`: 400 for nothing and for what is no JSON object.
    init(_ body: ByteBuffer) throws(Problem) {
        guard body.readableBytes > 0 else { throw Self.problem(.badRequest, "request body is required") }
        guard JSONText.isValue(body) else {
            let flaw = Problem.FieldError(pointer: "body", message: "the body is not valid JSON")
            throw Self.problem(.badRequest, "validation failed", [flaw])
        }
        guard let object = JSONObject(body) else {
            let flaw = Problem.FieldError(pointer: "body", message: "expected object")
            throw Self.problem(.invalidRequest, "validation failed", [flaw])
        }
        self.init(object, at: "body")
    }

    private init(_ object: JSONObject, at location: String) {
        self.object = object
        self.location = location
    }

    /// Notes the first fields that are not there.
    mutating func require(_ keys: StaticString...) {
        for key in keys where self.object.nonNull(key) == nil {
            self.errors.append(
                Problem.FieldError(pointer: self.location, message: "expected required property \(key) to be present")
            )
        }
    }

    mutating func string(_ key: StaticString, maximum: Int = Self.maximumText) -> String? {
        guard let raw = self.object.nonNull(key) else { return nil }
        guard let text = JSONText.string(raw) else { return self.wrong(key, "expected string") }
        guard text.utf8.count <= maximum else { return self.wrong(key, "expected length <= \(maximum)") }
        guard !text.utf8.contains(0) else { return self.wrong(key, "expected no character U+0000") }
        return text
    }

    mutating func integer(_ key: StaticString) -> Int? {
        guard let raw = self.object.nonNull(key) else { return nil }
        let text = String(buffer: raw)
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) } ?? self.wrong(key, "expected integer")
    }

    mutating func bool(_ key: StaticString) -> Bool {
        guard self.object.nonNull(key) != nil else { return false }
        return self.object.bool(key) ?? self.wrong(key, "expected boolean") ?? false
    }

    mutating func strings(_ key: StaticString) -> [String]? {
        guard let raw = self.object.nonNull(key) else { return nil }
        guard let elements = JSONObject.elements(raw) else { return self.wrong(key, "expected array") }
        return elements.enumerated().map { place, element in
            guard let text = JSONText.string(element), text.utf8.count <= Self.maximumText, !text.utf8.contains(0)
            else {
                self.note("\(self.location).\(key)[\(place)]", "expected string")
                return ""
            }
            return text
        }
    }

    /// An object of strings, as JSON on one line.
    mutating func texts(_ key: StaticString) -> String? {
        guard let raw = self.object.nonNull(key) else { return nil }
        guard let members = JSONObject(raw)?.members else { return self.wrong(key, "expected object") }
        guard raw.readableBytes <= Self.maximumText else {
            return self.wrong(key, "expected length <= \(Self.maximumText)")
        }
        for member in members where JSONText.string(member.value) == nil {
            self.note("\(self.location).\(key).\(member.key)", "expected string")
        }
        return String(buffer: JSONText.singleLine(raw))
    }

    /// A prompt, checked: a JSON string.
    mutating func prompt(_ key: StaticString) -> ByteBuffer? {
        guard let raw = self.object.nonNull(key) else { return nil }
        guard let text = JSONText.string(raw) else { return self.wrong(key, "expected string") }
        // One that is empty is for the route to refuse: it has words of its own for that.
        guard !text.isEmpty else { return raw }
        do {
            return try PromptContent(raw).bytes
        } catch {
            return self.wrong(key, error.message)
        }
    }

    /// The objects of an array, each read by itself.
    mutating func objects<Value>(
        _ key: StaticString,
        _ read: (inout ClinvokerFields) -> Value
    ) -> [Value]? {
        guard let raw = self.object.nonNull(key) else { return nil }
        guard let elements = JSONObject.elements(raw) else { return self.wrong(key, "expected array") }
        var values: [Value] = []
        for (place, element) in elements.enumerated() {
            let location = "\(self.location).\(key)[\(place)]"
            guard let object = JSONObject(element) else {
                self.note(location, "expected object")
                continue
            }
            var fields = ClinvokerFields(object, at: location)
            values.append(read(&fields))
            self.errors += fields.errors
        }
        return values
    }

    /// - Throws: `Problem`, 422, when anything was wrong.
    func finish() throws(Problem) {
        guard self.errors.isEmpty else { throw Self.problem(.invalidRequest, "validation failed", self.errors) }
    }

    /// A problem in clinvoker's words.
    static func problem(_ code: Problem.Code, _ detail: String, _ errors: [Problem.FieldError] = []) -> Problem {
        Problem(code, detail, errors: errors)
    }

    /// 400 for a field that is there and empty.
    static func empty(_ detail: String) -> Problem {
        Self.problem(.badRequest, detail)
    }

    private mutating func wrong<Value>(_ key: StaticString, _ message: String) -> Value? {
        self.note("\(self.location).\(key)", message)
        return nil
    }

    private mutating func note(_ location: String, _ message: String) {
        self.errors.append(Problem.FieldError(pointer: location, message: message))
    }
}
