import Actors
import NIOCore
import Storage

/// How the server is, in the words of claude-code-api.
struct CodeAPIHealth {
    private let hasStore: Bool
    private let hasAgent: Bool

    init(_ supervisor: Supervisor) {
        self.hasStore =
            switch supervisor.store?.condition {
            case nil, .healthy: true
            case .failing: false
            }
        self.hasAgent = supervisor.hasAgent
    }

    /// `ok` or `degraded`.
    var status: String { self.hasStore && self.hasAgent ? "ok" : "degraded" }

    /// `{"database","claude_cli"}`.
    var checks: ByteBuffer {
        var object = JSONMembers()
        object.put("database", self.hasStore ? "ok" : "error")
        object.put("claude_cli", self.hasAgent ? "ok" : "not_found")
        return object.bytes
    }
}
