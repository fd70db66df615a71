import Actors
import Agent
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads a body as FastAPI and pydantic do, and gathers what is wrong in their words.
///
/// Unknown fields are passed over, `null` stands for a field that is not there, and where pydantic reads `"5"` as a number
/// and `"yes"` as true, so does this.
struct SDKServerFields {
    /// The list that a 422 has for its `detail`.
    struct Invalid: Error {
        let items: [ByteBuffer]
    }

    private let object: JSONObject
    private var items: [ByteBuffer] = []

    /// - Throws: `Invalid` for what is no JSON object; `Problem` for a body that is too large, or one too many.
    init(_ request: Request, _ context: APIContext) async throws {
        var isJSON = true
        if let type = request.headers[.contentType]?.lowercased().prefix(while: { $0 != ";" }) {
            // curl says the second of any body that it is given without a type.
            isJSON = type.hasSuffix("json") || type == "application/x-www-form-urlencoded"
        }
        try self.init(await request.wholeBody(context), isJSON: isJSON)
    }

    /// - Throws: `Invalid` for what is no JSON object.
    init(_ body: ByteBuffer, isJSON: Bool = true) throws(Invalid) {
        guard body.readableBytes > 0 else {
            throw Invalid(items: [Self.item("missing", [], "Field required", ByteBuffer(string: "null"))])
        }
        let notObject = "Input should be a valid dictionary or object to extract fields from"
        guard isJSON else {
            throw Invalid(items: [Self.item("model_attributes_type", [], notObject, Self.text(body))])
        }
        guard JSONText.isValue(body) else { throw Invalid(items: [Self.broken(body)]) }
        guard let object = JSONObject(body) else {
            throw Invalid(items: [Self.item("model_attributes_type", [], notObject, JSONText.trimmed(body))])
        }
        self.object = object
    }

    mutating func string(_ key: StaticString, isRequired: Bool = false) -> String? {
        guard let raw = isRequired ? self.object.raw(key) : self.object.nonNull(key) else {
            if isRequired { self.fail("missing", ["\(key)"], "Field required", self.object.bytes) }
            return nil
        }
        guard let text = JSONText.string(raw) else {
            self.fail("string_type", ["\(key)"], "Input should be a valid string", raw)
            return nil
        }
        guard !text.utf8.contains(0) else {
            self.fail("value_error", ["\(key)"], "Value error, the text has a character U+0000", raw)
            return nil
        }
        return text
    }

    mutating func strings(_ key: StaticString) -> [String] {
        guard let raw = self.object.nonNull(key) else { return [] }
        guard let elements = JSONObject.elements(raw) else {
            self.fail("list_type", ["\(key)"], "Input should be a valid list", raw)
            return []
        }
        var texts: [String] = []
        for (place, element) in elements.enumerated() {
            if let text = JSONText.string(element), !text.utf8.contains(0) {
                texts.append(text)
            } else {
                self.fail("string_type", ["\(key)", "\(place)"], "Input should be a valid string", element)
            }
        }
        return texts
    }

    mutating func integer(_ key: StaticString) -> Int? {
        guard let raw = self.object.nonNull(key) else { return nil }
        let message = "Input should be a valid integer"
        if let text = JSONText.string(raw) {
            let text = text.trimmingWhitespace()
            if let number = Int(text) ?? Double(text).flatMap({ Int(exactly: $0) }) { return number }
            self.fail("int_parsing", ["\(key)"], "\(message), unable to parse string as an integer", raw)
            return nil
        }
        let text = String(buffer: raw)
        if let number = Int(text) { return number }
        if text == "true" || text == "false" { return text == "true" ? 1 : 0 }
        guard let number = Double(text) else {
            self.fail("int_type", ["\(key)"], message, raw)
            return nil
        }
        if let whole = Int(exactly: number) { return whole }
        self.fail("int_from_float", ["\(key)"], "\(message), got a number with a fractional part", raw)
        return nil
    }

    mutating func bool(_ key: StaticString) -> Bool? {
        guard let raw = self.object.nonNull(key) else { return nil }
        let text = JSONText.string(raw)
        switch (text ?? String(buffer: raw)).lowercased() {
        case "true", "1", "1.0": return true
        case "false", "0", "0.0": return false
        case "yes", "y", "on", "t": if text != nil { return true }
        case "no", "n", "off", "f": if text != nil { return false }
        default: break
        }
        let message = "Input should be a valid boolean"
        if text != nil || Double(String(buffer: raw)).flatMap({ Int(exactly: $0) }) != nil {
            self.fail("bool_parsing", ["\(key)"], "\(message), unable to interpret input", raw)
        } else {
            self.fail("bool_type", ["\(key)"], message, raw)
        }
        return nil
    }

    /// Notes that a value is none that may be asked for.
    mutating func fail(value key: StaticString, _ message: String) {
        let input = self.object.raw(key) ?? ByteBuffer(string: "null")
        self.fail("value_error", ["\(key)"], "Value error, \(message)", input)
    }

    /// Notes that a text is none of some words.
    mutating func fail(_ key: StaticString, noneOf words: [String]) {
        let quoted = words.map { "'\($0)'" }
        let expected = "\(quoted.dropLast().joined(separator: ", ")) or \(quoted.last ?? "")"
        let input = self.object.raw(key) ?? ByteBuffer(string: "null")
        let context = JSONMembers.object { $0.put("expected", expected) }
        self.items.append(Self.item("literal_error", ["\(key)"], "Input should be \(expected)", input, context))
    }

    /// - Throws: `Invalid` when anything was wrong.
    func finish() throws(Invalid) {
        guard self.items.isEmpty else { throw Invalid(items: self.items) }
    }

    // MARK: Items

    private mutating func fail(_ type: String, _ path: [String], _ message: String, _ input: ByteBuffer) {
        self.items.append(Self.item(type, path, message, input))
    }

    /// Where Python's decoder would have stopped is not known here; the body's beginning stands for it.
    private static func broken(_ body: ByteBuffer) -> ByteBuffer {
        JSONMembers.object { item in
            item.put("type", "json_invalid")
            item.put("loc", array: [JSONText.quoted("body"), ByteBuffer(string: "0")])
            item.put("msg", "JSON decode error")
            item.put("input", JSONMembers())
            item.put("ctx", raw: JSONMembers.object { $0.put("error", "Expecting value") })
        }
    }

    private static func item(
        _ type: String,
        _ path: [String],
        _ message: String,
        _ input: ByteBuffer,
        _ context: ByteBuffer? = nil
    ) -> ByteBuffer {
        JSONMembers.object { item in
            item.put("type", type)
            // A place in a list is a number.
            item.put(
                "loc",
                array: (["body"] + path).map { Int($0) == nil ? JSONText.quoted($0) : ByteBuffer(string: $0) }
            )
            item.put("msg", message)
            item.put("input", raw: input)
            item.put("ctx", raw: context)
        }
    }

    private static func text(_ body: ByteBuffer) -> ByteBuffer {
        var quoted = ByteBuffer()
        JSONText.append(lossy: body.readableBytesView, to: &quoted)
        return quoted
    }
}

extension String {
    fileprivate func trimmingWhitespace() -> Substring {
        let start = self.drop { $0.isWhitespace }
        return start.prefix(start.count - start.reversed().prefix { $0.isWhitespace }.count)
    }
}
