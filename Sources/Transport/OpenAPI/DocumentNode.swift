import Agent
import NIOCore
import Yams

/// A JSON value whose objects keep their order: what a document is while it is put together.
indirect enum DocumentNode: Equatable {
    case object([Member])
    case array([DocumentNode])
    case string(String)
    /// As it is written.
    case number(String)
    case bool(Bool)
    case null

    /// One member of an object.
    struct Member: Equatable {
        let key: String
        var value: DocumentNode
    }

    /// Reads a document's source.
    ///
    /// - Parameter yaml: a mapping.
    /// - Throws: what Yams does of text that is no YAML, which here is a mistake of ours.
    init(yaml: String) throws {
        self = try Yams.compose(yaml: yaml).map { Self($0) } ?? .object([])
    }

    private init(_ node: Yams.Node) {
        switch node {
        case .mapping(let mapping):
            self = .object(mapping.map { Member(key: $0.key.string ?? "", value: Self($0.value)) })
        case .sequence(let sequence):
            self = .array(sequence.map { Self($0) })
        case .scalar(let scalar):
            self = Self(scalar)
        case .alias:
            self = .null
        }
    }

    /// Plain scalars by YAML's core schema, others are text.
    private init(_ scalar: Yams.Node.Scalar) {
        guard scalar.style == .plain || scalar.style == .any else {
            self = .string(scalar.string)
            return
        }
        switch scalar.string {
        case "true": self = .bool(true)
        case "false": self = .bool(false)
        case "null", "~", "": self = .null
        case let text where Double(text) != nil && text.utf8.allSatisfy { "+-.0123456789eE".utf8.contains($0) }:
            self = .number(text)
        case let text: self = .string(text)
        }
    }

    /// A member of an object; `nil` when there is none, or this is no object.
    subscript(key: String) -> DocumentNode? {
        get { self.members.first { $0.key == key }?.value }
        set {
            guard case .object(var members) = self else { return }
            let index = members.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(key: key, value: value))
            case (nil, nil): return
            }
            self = .object(members)
        }
    }

    /// Of an object; of anything else none.
    var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }

    /// Of an array; of anything else none.
    var elements: [DocumentNode] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// Of a string; of anything else `nil`.
    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// `{"$ref": "#/…"}`.
    static func reference(_ path: String) -> DocumentNode {
        .object([Member(key: "$ref", value: .string("#/\(path)"))])
    }

    /// An object of members in this order.
    static func of(_ members: KeyValuePairs<String, DocumentNode>) -> DocumentNode {
        .object(members.map { Member(key: $0.key, value: $0.value) })
    }

    /// As JSON.
    ///
    /// - Parameter isIndented: one member a line, rather than all on one.
    /// - Returns: UTF-8.
    func json(isIndented: Bool) -> ByteBuffer {
        var buffer = ByteBuffer()
        self.write(to: &buffer, indent: isIndented ? "\n" : nil)
        return buffer
    }

    // `indent` is what begins a line, its break included; `nil` for all on one line.
    private func write(to buffer: inout ByteBuffer, indent: String?) {
        switch self {
        case .object(let members):
            Self.write("{", "}", members, to: &buffer, indent: indent) { member, buffer, indent in
                JSONText.append(member.key, to: &buffer)
                buffer.writeString(indent == nil ? ":" : ": ")
                member.value.write(to: &buffer, indent: indent)
            }
        case .array(let elements):
            Self.write("[", "]", elements, to: &buffer, indent: indent) { $0.write(to: &$1, indent: $2) }
        case .string(let text): JSONText.append(text, to: &buffer)
        case .number(let text): buffer.writeString(text)
        case .bool(let value): buffer.writeString("\(value)")
        case .null: buffer.writeString("null")
        }
    }

    private static func write<Item>(
        _ open: String,
        _ close: String,
        _ items: [Item],
        to buffer: inout ByteBuffer,
        indent: String?,
        _ write: (Item, inout ByteBuffer, String?) -> Void
    ) {
        let inner = items.isEmpty ? nil : indent.map { $0 + "  " }
        buffer.writeString(open)
        for (place, item) in items.enumerated() {
            if place > 0 { buffer.writeString(",") }
            if let inner { buffer.writeString(inner) }
            write(item, &buffer, inner)
        }
        if inner != nil, let indent { buffer.writeString(indent) }
        buffer.writeString(close)
    }
}
