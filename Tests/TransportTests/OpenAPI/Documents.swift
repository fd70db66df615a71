@testable import Transport

/// What tests look up in the documents.
enum Documents {
    /// The `$ref`s that lead nowhere.
    static func danglingReferences(in root: DocumentNode) -> [String] {
        var found: [String] = []
        func look(_ node: DocumentNode) {
            if let reference = node["$ref"]?.text, Self.target(of: reference, in: root) == nil {
                found.append(reference)
            }
            node.members.forEach { look($0.value) }
            node.elements.forEach(look)
        }
        look(root)
        return found
    }

    /// What a `$ref` leads to.
    static func target(of reference: String, in root: DocumentNode) -> DocumentNode? {
        reference.dropFirst(2).split(separator: "/").reduce(root) { $0?[String($1)] }
    }

    /// A schema, or those it is one of.
    static func alternatives(of schema: DocumentNode, in root: DocumentNode) -> [DocumentNode] {
        let schema = schema["$ref"]?.text.flatMap { Self.target(of: $0, in: root) } ?? schema
        guard let parts = schema["oneOf"] ?? schema["anyOf"] else { return [schema] }
        return parts.elements.flatMap { Self.alternatives(of: $0, in: root) }
    }
}
