package import NIOCore

/// A named set of session options: what `POST /v1/sessions` takes as `template`.
///
/// Its options are the request's own fields, and go the same way as if the client had written them: through the same checks,
/// under the same scopes. What the client writes itself counts more.
package struct Template: Sendable, Equatable {
    /// 1 to 64 of `a-z 0-9 _ -`.
    package let name: String
    /// For people: what it is for.
    package let description: String
    /// A JSON object of request fields.
    package let options: ByteBuffer
    /// Whether it came with the program, rather than from the operator's directory.
    package let isBuiltIn: Bool

    package init(name: String, description: String, options: ByteBuffer, isBuiltIn: Bool) {
        self.name = name
        self.description = description
        self.options = options
        self.isBuiltIn = isBuiltIn
    }

    /// Whether a text may name one.
    package static func isName(_ text: some StringProtocol) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
