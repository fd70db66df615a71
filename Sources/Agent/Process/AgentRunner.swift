package import NIOCore

/// Runs agents: one call for one child, from its start to the end of its whole tree.
package protocol AgentRunner: Sendable {
    /// Returns when the child and everything it left behind are gone.
    ///
    /// Never throws: what went wrong is in the exit. Cancelling the calling task ends the child at once.
    func run(_ launch: AgentLaunch, handler: any AgentHandler) async -> AgentExit
}

/// Is told what a child does, in order, by one caller.
package protocol AgentHandler: Sendable {
    /// Whether it still wants the child: asked once, right before the start, for that may have waited for others.
    func agentMayStart() async -> Bool
    /// The child runs; called once, before any line.
    func agentStarted(_ child: any AgentChild) async
    /// Whole lines, in order, a batch for each read of the pipe; the pipe is not read meanwhile.
    func agentPrinted(_ lines: [AgentLine]) async
}

extension AgentHandler {
    package func agentMayStart() async -> Bool { true }
}

/// A running child, as its handler may use it; harmless after its end.
package protocol AgentChild: Sendable {
    /// The process id of the child, which leads a process group of the same number.
    var pid: Int32 { get }
    /// The Claude session it was started for, in case that is not the one that was asked for; nil if it cannot tell.
    var conversationID: String? { get }
    /// Queues one line for the child's stdin; the newline is added. Never waits.
    func send(_ line: ByteBuffer) -> AgentSendOutcome
    /// To the child's process group, and to its descendants in groups of their own.
    func signal(_ signal: AgentSignal)
    /// EOF, then SIGTERM, then SIGKILL, then the descendants; `run` returns when it is done.
    ///
    /// A second call can only make it quicker.
    func beginTermination(_ steps: TerminationSteps)
}

extension AgentChild {
    package var conversationID: String? { nil }
}

/// What became of a line given to a child.
package enum AgentSendOutcome: Sendable, Equatable {
    /// It will be written after the lines before it.
    case queued
    /// Too many lines wait, or the line before has been in writing for too long: the child does not read.
    case full
    /// The child's stdin is closed.
    case closed
}

/// The signals a child's tree is sent.
package enum AgentSignal: Sendable, Equatable {
    case interrupt, terminate, kill
}

/// How much time a child gets to leave by itself.
package struct TerminationSteps: Sendable, Equatable {
    /// From the end of its stdin to SIGTERM.
    package var inputClosedGrace: Duration
    /// From SIGTERM to SIGKILL, which the sweep of its descendants follows.
    package var terminateGrace: Duration

    package init(inputClosedGrace: Duration = .seconds(5), terminateGrace: Duration = .seconds(5)) {
        self.inputClosedGrace = inputClosedGrace
        self.terminateGrace = terminateGrace
    }

    /// SIGKILL at once.
    package static let kill = TerminationSteps(inputClosedGrace: .zero, terminateGrace: .zero)

    /// SIGTERM at once, SIGKILL half a second later: what cancelling `run` does.
    package static let immediate = TerminationSteps(inputClosedGrace: .zero, terminateGrace: .milliseconds(500))
}

/// How a child ended.
package struct AgentExit: Sendable, Equatable {
    /// The exit code, if it left by itself.
    package var code: Int32?
    /// The signal that ended it, if one did.
    package var signal: Int32?
    /// The last bytes it wrote to stderr, at most `AgentLimits.stderrTailBytes`.
    package var stderrTail: String
    /// Why it could not be started; nothing else is set then.
    package var launchFailure: String?
    /// Descendants that were killed after the child itself was gone.
    package var swept: Int
    /// Descendants that could not be ended.
    package var survivors: [Int32]
    /// Its output ended in the middle of a line, which was dropped.
    package var droppedPartialLine: Bool

    package init(
        code: Int32? = nil,
        signal: Int32? = nil,
        stderrTail: String = "",
        launchFailure: String? = nil,
        swept: Int = 0,
        survivors: [Int32] = [],
        droppedPartialLine: Bool = false
    ) {
        self.code = code
        self.signal = signal
        self.stderrTail = stderrTail
        self.launchFailure = launchFailure
        self.swept = swept
        self.survivors = survivors
        self.droppedPartialLine = droppedPartialLine
    }
}
