/// Why a prompt's content is refused: where, a code for programs, and one sentence for people.
package struct ContentError: Error, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Not of the shape the API takes: a missing, unknown or repeated field, a value of another type, an empty text.
        case invalid
        /// A kind of block, source or file that is not taken.
        case unsupportedType = "unsupported_type"
        /// Over a limit, in bytes, pixels or number.
        case tooLarge = "too_large"
        /// The bytes of a file are not a whole file of its kind.
        case corrupt
    }

    package let code: Code
    /// What is meant, as a JSON pointer (RFC 6901) into the content; empty for the content itself.
    package let pointer: String
    /// Never text of the prompt, except the name of a type or field.
    package let message: String

    package init(_ code: Code, at pointer: String, _ message: String) {
        self.code = code
        self.pointer = pointer
        self.message = message
    }

    package var description: String { "\(self.code.rawValue) at \"\(self.pointer)\": \(self.message)" }
}
