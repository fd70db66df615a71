/// The tool calls of one message, and how far each of them is.
///
/// Calls run one after the other, sub-agents all at once.
final class ToolRound {
    /// One call.
    struct Call {
        let id: String
        var request: Directive.ToolRequest
        var state = State.waiting
        /// Who let it run, once it runs.
        var decision: JSON?
        /// The sub-agent that the call runs, if it is one.
        var subagent: Subagent?
    }

    /// A call that a sub-agent makes.
    struct InnerCall {
        let id: String
        let request: Directive.ToolRequest
    }

    /// How far a call is.
    enum State {
        case waiting
        case asking
        case running(RunningCommand)
        /// A sub-agent that says nothing more.
        case silent
        case done
    }

    /// A sub-agent at work.
    struct Subagent {
        let taskID: String
        let runID: String
        /// The call of its own about which the host is asked.
        var innerCall: InnerCall?
        var lastText = "done"
    }

    /// A question to the host that waits for its answer.
    struct Ask {
        let requestID: String
        let callIndex: Int
        let request: JSON
    }

    var calls: [Call]
    var asks: [Ask] = []

    init(calls: [Call]) {
        self.calls = calls
    }

    /// Whether every call has its result.
    var isDone: Bool {
        self.calls.allSatisfy { if case .done = $0.state { true } else { false } }
    }

    /// When there is something to do for a running command.
    var deadline: Duration? {
        if self.nextWaiting != nil || self.isDone { return .zero }
        return self.commands.map(\.deadline).min()
    }

    /// The call to start now: the first that waits, once those before it are done.
    var nextWaiting: Int? {
        for (index, call) in self.calls.enumerated() {
            switch call.state {
            case .waiting: return index
            case .done: continue
            case .asking, .running, .silent:
                if call.request.name != "Agent" { return nil }
            }
        }
        return nil
    }

    /// The commands that run.
    var commands: [RunningCommand] {
        self.calls.compactMap { if case .running(let command) = $0.state { command } else { nil } }
    }
}
