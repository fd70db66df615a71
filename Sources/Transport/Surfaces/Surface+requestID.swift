import Foundation

extension Surface {
    /// An id for a request that has brought none, in the form that the system's clients know; `nil` for the server's own.
    func newRequestID() -> String? {
        switch self {
        case .codeAPI:
            let text = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        case .codingAgents: return UUID().uuidString.lowercased()
        default: return nil
        }
    }
}
