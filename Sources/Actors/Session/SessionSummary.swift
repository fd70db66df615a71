/// A session as clients see it: `GET /v1/sessions/{id}` and the snapshot.
package struct SessionSummary: Sendable, Codable, Equatable {
    package struct Process: Sendable, Codable, Equatable {
        package var pid: Int32?
        package var uptimeMs: Int?
        /// Of the process itself, without the tools it runs.
        package var rssBytes: Int?
        /// Processor time of the process itself since it began.
        package var cpuMs: Int?
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

    /// How full the model's context is.
    package struct Context: Sendable, Codable, Equatable {
        /// Of the model's last call, its answer included.
        package var tokens: Int
        /// How many there may be; `nil` before the first turn has ended.
        package var window: Int?
    }

    /// A budget and how much of it is gone.
    package struct BudgetView: Sendable, Codable, Equatable {
        package var limitUsd: Double?
        package var limitTurns: Int?
        package var spentUsd: Double
        package var spentTurns: Int
        package var isReached: Bool

        /// `nil` for a budget without limits.
        init?(_ budget: Budget) {
            guard budget.limitUSD != nil || budget.limitTurns != nil else { return nil }
            self.limitUsd = budget.limitUSD
            self.limitTurns = budget.limitTurns
            self.spentUsd = budget.spentUSD
            self.spentTurns = budget.spentTurns
            self.isReached = budget.isReached
        }
    }

    package var id: String
    /// The id of the key it belongs to.
    package var owner: String?
    package var name: String?
    package var state: SessionState
    /// What keeps it from moving on, if something does.
    package var waitingOn: WaitingOn?
    /// Its place in the line for a process, from 1.
    package var admissionPosition: Int?
    package var model: String?
    package var permissionMode: String?
    package var cwd: String
    package var tags: [String]
    package var createdAt: String
    package var lastActivityAt: String
    /// When it ends if nobody touches it; absent while something keeps it.
    package var expiresAt: String?
    /// When its process is given back if nothing needs it by then.
    package var hibernatesAt: String?
    /// Every Claude session id it has had, oldest first.
    package var claudeSessionIds: [String]
    package var turn: String?
    /// How its last turn ended.
    package var lastOutcome: TurnOutcome?
    package var queueLength: Int
    /// The ids of approvals that wait for a person.
    package var pendingApprovals: [String]
    /// Background shells and sub-agents of the process.
    package var backgroundTasks: Int
    package var viewers: Int
    package var usage: Usage
    package var budget: BudgetView?
    package var context: Context?
    package var process: Process
    /// Why it failed.
    package var failure: String?
    /// The newest durable event.
    package var cursor: String
}
