/// A session as clients see it: `GET /v1/sessions/{id}` and the snapshot.
package struct SessionSummary: Sendable, Codable, Equatable {
    package struct Process: Sendable, Codable, Equatable {
        package var pid: Int32?
        package var uptimeMs: Int?
        package var restarts: Int
        package var lastExit: Exit?
    }

    package struct Exit: Sendable, Codable, Equatable {
        package var code: Int32?
        package var signal: Int32?
        package var stderrTail: String
    }

    package struct Usage: Sendable, Codable, Equatable {
        package var turns = 0
        package var costUsd = 0.0
        package var tokens = TurnResult.Usage()
    }

    package var id: String
    package var name: String?
    package var state: SessionState
    package var model: String?
    package var permissionMode: String?
    package var cwd: String
    package var tags: [String]
    package var createdAt: String
    package var lastActivityAt: String
    /// When it ends if nobody touches it; absent while something keeps it.
    package var expiresAt: String?
    /// Every Claude session id it has had, oldest first.
    package var claudeSessionIds: [String]
    package var turn: String?
    package var queueLength: Int
    package var viewers: Int
    package var usage: Usage
    package var process: Process
    /// Why it failed.
    package var failure: String?
    /// The newest durable event.
    package var cursor: String
}
