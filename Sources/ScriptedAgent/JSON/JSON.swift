/// A JSON value that keeps the order of its members and the spelling of its numbers, so that what was recorded can be
/// printed again byte for byte.
enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    /// The number as it is spelled.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// One name and value of an object.
    struct Member: Equatable, Sendable {
        var name: String
        var value: JSON
    }

    /// The member of that name; nil when there is none.
    ///
    /// Setting nil removes it; what is no object stays as it is.
    subscript(name: String) -> JSON? {
        get {
            guard case .object(let members) = self else { return nil }
            return members.first { $0.name == name }?.value
        }
        set {
            guard case .object(var members) = self else { return }
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
            self = .object(members)
        }
    }

    /// The text of a string.
    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The value of a boolean.
    var flag: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }

    /// The value of a number that is a whole one.
    var integer: Int? {
        guard case .number(let spelling) = self else { return nil }
        return Int(spelling)
    }

    /// The value of a number.
    var double: Double? {
        guard case .number(let spelling) = self else { return nil }
        return Double(spelling)
    }

    /// The spelling of a number; empty for anything else.
    var spelling: String {
        guard case .number(let spelling) = self else { return "" }
        return spelling
    }

    /// The elements of an array; none for anything else.
    var elements: [JSON] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// Replaces every string in this value by what `transform` makes of it, names excepted.
    func mapStrings(_ transform: (String) -> String) -> JSON {
        switch self {
        case .string(let text): .string(transform(text))
        case .array(let elements): .array(elements.map { $0.mapStrings(transform) })
        case .object(let members):
            .object(members.map { Member(name: $0.name, value: $0.value.mapStrings(transform)) })
        case .null, .bool, .number: self
        }
    }
}

extension JSON: ExpressibleByStringInterpolation, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) {
        self = .string(value)
    }

    init(booleanLiteral value: Bool) {
        self = .bool(value)
    }

    init(integerLiteral value: Int) {
        self = .number(String(value))
    }

    init(arrayLiteral elements: JSON...) {
        self = .array(elements)
    }

    init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }

    /// A whole number.
    init(_ value: Int) {
        self = .number(String(value))
    }

    /// A number; what is not finite becomes null.
    init(_ value: Double) {
        self =
            value.isFinite
            ? .number(value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)") : .null
    }

    /// A string, or null.
    init(_ value: String?) {
        self = value.map { .string($0) } ?? .null
    }

    /// An array of strings.
    init(_ values: [String]) {
        self = .array(values.map { .string($0) })
    }
}
