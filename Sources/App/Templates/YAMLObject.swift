import Agent
import NIOCore
import Yams

/// Writes a YAML document as JSON.
///
/// Shape: a mapping with text for keys. Scalars are what the core schema makes of them; a quoted one is text. What aliases
/// stand for is written out, so there is a bound on how much that may come to.
struct YAMLObject {
    /// Why a document is none that can be used; one sentence with its line.
    struct Flaw: Error, CustomStringConvertible {
        let description: String
    }

    private static let maximumNodes = 10_000
    private static let maximumDepth = 32

    /// The members in the document's order.
    let members: [(key: String, value: ByteBuffer)]

    /// - Throws: `Flaw`.
    init(_ text: String) throws {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw Flaw(description: "\(error)".split(separator: "\n").joined(separator: " "))
        }
        guard let mapping = root?.mapping else { throw Flaw(description: "it is not a list of names with values") }
        var left = Self.maximumNodes
        self.members = try mapping.map { key, value in
            guard let name = key.string else { throw Self.flaw("a name is not a text", at: key) }
            var buffer = ByteBuffer()
            try Self.write(value, to: &buffer, depth: 0, left: &left)
            return (name, buffer)
        }
    }

    private static func write(_ node: Node, to buffer: inout ByteBuffer, depth: Int, left: inout Int) throws {
        left -= 1
        guard left > 0, depth < Self.maximumDepth else { throw Self.flaw("it is too large", at: node) }
        switch node {
        case .scalar: try Self.writeScalar(node, to: &buffer)
        case .sequence(let sequence):
            buffer.writeString("[")
            for (place, element) in sequence.enumerated() {
                if place > 0 { buffer.writeString(",") }
                try Self.write(element, to: &buffer, depth: depth + 1, left: &left)
            }
            buffer.writeString("]")
        case .mapping(let mapping):
            buffer.writeString("{")
            for (place, (key, value)) in mapping.enumerated() {
                guard let name = key.string else { throw Self.flaw("a name is not a text", at: key) }
                if place > 0 { buffer.writeString(",") }
                JSONText.append(name, to: &buffer)
                buffer.writeString(":")
                try Self.write(value, to: &buffer, depth: depth + 1, left: &left)
            }
            buffer.writeString("}")
        case .alias: throw Self.flaw("an alias stands for nothing", at: node)
        }
    }

    private static func writeScalar(_ node: Node, to buffer: inout ByteBuffer) throws {
        switch Tag.Name(rawValue: node.tag.rawValue) {
        case .null: buffer.writeString("null")
        case .bool: buffer.writeString(node.bool == true ? "true" : "false")
        case .int:
            guard let number = node.int else { throw Self.flaw("a number is too large", at: node) }
            buffer.writeString("\(number)")
        case .float:
            guard let number = node.float, number.isFinite else { throw Self.flaw("a number is none", at: node) }
            buffer.writeString("\(number)")
        default:
            JSONText.append(node.scalar?.string ?? "", to: &buffer)
        }
    }

    private static func flaw(_ message: String, at node: Node) -> Flaw {
        Flaw(description: node.mark.map { "line \($0.line): \(message)" } ?? message)
    }
}
