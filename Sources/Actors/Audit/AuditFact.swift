import Agent
import NIOCore

/// One short fact about an act.
package enum AuditFact: Sendable, Equatable {
    /// An id, a name of a closed list, a decision: never what a person wrote.
    case text(String)
    case number(Int)
    case texts([String])

    /// Longer texts are cut.
    private static let maximumBytes = 256
    /// More texts are left out.
    private static let maximumTexts = 32

    func append(to buffer: inout ByteBuffer) {
        switch self {
        case .text(let text): JSONText.append(Self.cut(text), to: &buffer)
        case .number(let number): buffer.writeString("\(number)")
        case .texts(let texts):
            buffer.writeString("[")
            for (place, text) in texts.prefix(Self.maximumTexts).enumerated() {
                if place > 0 { buffer.writeString(",") }
                JSONText.append(Self.cut(text), to: &buffer)
            }
            buffer.writeString("]")
        }
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= Self.maximumBytes
            ? text : String(decoding: text.utf8.prefix(Self.maximumBytes), as: UTF8.self)
    }
}
