import Agent

extension TurnOutcome: MetricValue {}
extension EndReason: MetricValue {}
extension SessionError.Code: MetricValue {}
extension Prompt.Delivery: MetricValue {}
extension Approval.Kind: MetricValue {}

/// What became of an approval.
package enum ApprovalEnd: String, MetricValue {
    case allow, deny
    case denyAndStop = "deny_and_stop"
    case withdrawn, expired

    /// `nil` for one that waits.
    init?(_ approval: Approval) {
        switch approval.state {
        case .pending: return nil
        case .withdrawn: self = .withdrawn
        case .expired: self = .expired
        case .answered:
            switch approval.decision {
            case .allow: self = .allow
            case .denyAndStop: self = .denyAndStop
            case .deny, nil: self = .deny
            }
        }
    }
}

/// How an agent's process ended.
package enum ProcessEnd: String, MetricValue {
    /// With code 0.
    case clean
    /// With another code.
    case error
    case signal
    /// It was never there.
    case launchFailed = "launch_failed"

    init(_ exit: AgentExit) {
        if exit.launchFailure != nil {
            self = .launchFailed
        } else if exit.signal != nil {
            self = .signal
        } else {
            self = exit.code == 0 ? .clean : .error
        }
    }
}

/// Where a process came from.
package enum ProcessSource: String, MetricValue {
    /// It was started for the session.
    case cold
    /// It was kept ready.
    case warm
}
