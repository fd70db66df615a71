package import Metrics

/// What the sessions count; made once for a house, and shared by everything in it.
package final class ActorMetrics: Sendable {
    let sessionsCreated: Counter
    let sessionsRefused: CounterSet<SessionError.Code>
    let sessionsEnded: CounterSet<EndReason>
    let sessionsFailed: Counter
    let wake: Metrics.Timer
    let waitedForPlace: Metrics.Timer
    private let ready: [ProcessSource: Metrics.Timer]
    let processesExited: CounterSet<ProcessEnd>
    let processesRestarted: Counter

    let promptsAccepted: CounterSet<Prompt.Delivery>
    let promptsRefused: CounterSet<SessionError.Code>
    let firstEvent: Metrics.Timer
    let turnsEnded: CounterSet<TurnOutcome>
    let turnsDuration: Metrics.Timer
    let turnsStalled: Counter
    let approvalsRequested: CounterSet<Approval.Kind>
    let approvalsResolved: CounterSet<ApprovalEnd>
    let budgetsReached: Counter
    private let interrupts: [InterruptKey: Counter]
    private let tokens: CounterSet<TokenKind>
    private let dollars: FloatingPointCounter

    /// What jobs count.
    let jobs: JobMetrics
    /// What webhooks count; for the desk of the house.
    package let webhooks: WebhookMetrics

    /// What there is now; set when somebody asks.
    let gauges: HouseGauges

    /// - Parameter factory: the back end; by default the one the program was started with.
    package init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.sessionsCreated = MetricName.sessionsCreated.counter(factory)
        self.sessionsRefused = MetricName.sessionsRefused.counters("reason", factory)
        self.sessionsEnded = MetricName.sessionsEnded.counters("reason", factory)
        self.sessionsFailed = MetricName.sessionsFailed.counter(factory)
        self.wake = MetricName.sessionsWake.timer(factory)
        self.waitedForPlace = MetricName.admissionsWait.timer(factory)
        self.ready = Dictionary(
            uniqueKeysWithValues: ProcessSource.allCases.map {
                ($0, MetricName.processesReady.timer(factory, [("source", $0.rawValue)]))
            }
        )
        self.processesExited = MetricName.processesExited.counters("cause", factory)
        self.processesRestarted = MetricName.processesRestarted.counter(factory)
        self.promptsAccepted = MetricName.promptsAccepted.counters("delivery", factory)
        self.promptsRefused = MetricName.promptsRefused.counters("reason", factory)
        self.firstEvent = MetricName.promptsFirstEvent.timer(factory)
        self.turnsEnded = MetricName.turnsEnded.counters("outcome", factory)
        self.turnsDuration = MetricName.turnsDuration.timer(factory)
        self.turnsStalled = MetricName.turnsStalled.counter(factory)
        self.approvalsRequested = MetricName.approvalsRequested.counters("kind", factory)
        self.approvalsResolved = MetricName.approvalsResolved.counters("decision", factory)
        self.budgetsReached = MetricName.budgetsReached.counter(factory)
        self.interrupts = InterruptKey.counters(factory)
        self.tokens = MetricName.tokens.counters("kind", factory)
        self.dollars = MetricName.dollars.fractions(factory)
        self.jobs = JobMetrics(factory: factory)
        self.webhooks = WebhookMetrics(factory: factory)
        self.gauges = HouseGauges(factory)
    }

    /// A process takes prompts.
    func processReady(from source: ProcessSource, after time: Duration) {
        self.ready[source]?.record(time)
    }

    /// A process has ended.
    func processExited(_ end: ProcessEnd) {
        self.processesExited.increment(end)
    }

    /// A turn was stopped, or there was none to stop.
    func interrupted(_ receipt: InterruptReceipt) {
        self.interrupts[InterruptKey(step: receipt.step, outcome: receipt.outcome)]?.increment()
    }

    /// A turn has ended.
    func turnEnded(_ outcome: TurnOutcome, after time: Duration, _ result: TurnResult?) {
        self.turnsEnded.increment(outcome)
        self.turnsDuration.record(time)
        guard let result else { return }
        self.tokens.increment(.input, by: result.usage.inputTokens)
        self.tokens.increment(.output, by: result.usage.outputTokens)
        self.tokens.increment(.cacheRead, by: result.usage.cacheReadInputTokens)
        self.tokens.increment(.cacheCreation, by: result.usage.cacheCreationInputTokens)
        self.dollars.increment(by: result.costUSD)
    }

    /// An approval is asked for, or waits no more.
    func approval(_ approval: Approval) {
        if let end = ApprovalEnd(approval) {
            self.approvalsResolved.increment(end)
        } else {
            self.approvalsRequested.increment(approval.kind)
        }
    }
}

/// What tokens were used for.
private enum TokenKind: String, MetricValue {
    case input, output
    case cacheRead = "cache_read"
    case cacheCreation = "cache_creation"
}

/// How a turn was stopped.
private struct InterruptKey: Hashable {
    /// `nil` when nothing had to be done.
    let step: InterruptReceipt.Step?
    let outcome: InterruptReceipt.Outcome

    static func counters(_ factory: any MetricsFactory) -> [InterruptKey: Counter] {
        var counters: [InterruptKey: Counter] = [:]
        for outcome in InterruptReceipt.Outcome.allCases {
            for step in InterruptReceipt.Step.allCases + [nil] {
                let dimensions = [("step", step?.rawValue ?? "none"), ("outcome", outcome.rawValue)]
                counters[InterruptKey(step: step, outcome: outcome)] = MetricName.interrupts.counter(
                    factory,
                    dimensions
                )
            }
        }
        return counters
    }
}
