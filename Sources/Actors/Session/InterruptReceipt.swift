/// What an interrupt did.
package struct InterruptReceipt: Sendable, Equatable, Codable {
    package enum Outcome: String, Sendable, Codable, CaseIterable {
        case interrupted
        case alreadyIdle = "already_idle"
        /// The control request was not enough; the process was stopped and resumes.
        case escalated
        case timedOut = "timed_out"
    }

    /// The rung of the ladder that worked.
    package enum Step: String, Sendable, Codable, CaseIterable {
        case control
        case signal
        case kill
    }

    package let outcome: Outcome
    /// `nil` when nothing had to be done.
    package let step: Step?
    /// Processes that could not be ended.
    package var surviving: [Int32]
    /// Prompts that waited and were handed back.
    package let returnedMessages: [String]
    package var tookMs: Int
}
