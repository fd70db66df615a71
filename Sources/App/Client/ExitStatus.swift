/// What the program's exit code tells, for the commands that talk to a server.
enum ExitStatus {
    /// The server refused, or the turn failed.
    static let failed: Int32 = 1
    /// There is no server there.
    static let unreachable: Int32 = 2
    /// The turn was interrupted.
    static let interrupted: Int32 = 3
    /// The turn ran into a budget.
    static let budget: Int32 = 4
    /// The agent died in the turn, or the message was handed back.
    static let lost: Int32 = 5
    /// Ctrl+C, before the turn had ended; it goes on.
    static let detached: Int32 = 130

    /// The code for the `outcome` of a turn.
    static func of(outcome: String) -> Int32 {
        switch outcome {
        case "completed": 0
        case "interrupted": Self.interrupted
        case "budget": Self.budget
        case "failed": Self.failed
        default: Self.lost
        }
    }
}
