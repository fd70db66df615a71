/// How patient a pool is with its processes, and how eager to replace them.
package struct PoolTiming: Sendable {
    /// From the start of a process to its answer to `initialize`; 0.3 s as a rule (the CLI's figures).
    package var answerTimeout: Duration = .seconds(60)
    /// An older process has read settings and logins that may have changed, and is replaced.
    package var maximumAge: Duration = .seconds(30 * 60)
    /// After a process that was of no use; doubled for each further one in a row.
    package var firstPause: Duration = .milliseconds(250)
    package var longestPause: Duration = .seconds(30)
    /// From a lease to the start of the next process, so that the first turn has the processor to itself.
    package var refillDelay: Duration = .milliseconds(300)
    /// How often deadlines and the leave to start are looked at; what is due is late by this much at most.
    package var interval: Duration = .milliseconds(250)
    /// How much time a process gets that was never used; it has nothing to write down.
    package var termination = TerminationSteps(inputClosedGrace: .milliseconds(500), terminateGrace: .seconds(2))

    package init() {}
}
