/// Every metric there is: its label for swift-metrics, what it says, and how its values are grouped.
///
/// In Prometheus text `turns.ended` is `troupe_turns_ended_total`; what is timed is in seconds. docs/observability.md lists
/// them for operators. The labels' values are closed lists: no session, key or message is ever one.
package enum MetricName: String, CaseIterable, Sendable {
    // What there is now, counted when somebody asks.
    case sessions
    case sessionsLimit = "sessions.limit"
    case processesRunning = "processes.running"
    case admissionsWaiting = "admissions.waiting"
    case promptsQueued = "prompts.queued"
    case approvalsPending = "approvals.pending"
    case subscribers
    case subscribersBehind = "subscribers.behind"
    case subscribersLag = "subscribers.lag.bytes"
    case requestsRunning = "http.requests.running"
    case connectionsOpen = "connections.open"
    case storeHealthy = "store.healthy"
    case poolProcesses = "pool.processes"
    case serverReady = "server.ready"
    case build = "build.info"

    // Sessions and their processes.
    case sessionsCreated = "sessions.created"
    case sessionsRefused = "sessions.refused"
    case sessionsEnded = "sessions.ended"
    case sessionsFailed = "sessions.failed"
    case admissionsWait = "admissions.wait.duration"
    case sessionsWake = "sessions.wake.duration"
    case processesReady = "processes.ready.duration"
    case processesExited = "processes.exited"
    case processesRestarted = "processes.restarted"

    // Turns.
    case promptsAccepted = "prompts.accepted"
    case promptsRefused = "prompts.refused"
    case promptsFirstEvent = "prompts.first_event.duration"
    case turnsEnded = "turns.ended"
    case turnsDuration = "turns.duration"
    case turnsStalled = "turns.stalled"
    case interrupts = "interrupts.ended"
    case approvalsRequested = "approvals.requested"
    case approvalsResolved = "approvals.resolved"
    case tokens = "tokens.used"
    case dollars = "dollars.spent"
    case budgetsReached = "budgets.reached"

    // Jobs and webhooks.
    case jobsEnded = "jobs.ended"
    case jobsDuration = "jobs.duration"
    case jobsWaiting = "jobs.waiting"
    case webhooksAttempted = "webhooks.attempted"
    case webhooksDuration = "webhooks.attempt.duration"
    case webhooksSettled = "webhooks.settled"
    case webhooksWaiting = "webhooks.waiting"

    // The wire.
    case requests = "http.requests"
    case requestsDuration = "http.requests.duration"
    case requestsLimited = "http.requests.limited"
    case connectionsRefused = "connections.refused"
    case streamsOpened = "streams.opened"
    case streamsClosed = "streams.closed"
    case streamsSent = "streams.sent.bytes"
    case subscribersOverflowed = "subscribers.overflowed"
    case webSocketsClosed = "websockets.closed"
    case webSocketCommands = "websockets.commands"

    // The store.
    case storeCommits = "store.commits"
    case storeCommitSeconds = "store.commits.seconds"
    case storeFailures = "store.failures"
    case storeRefused = "store.refused"
    case storeDropped = "store.dropped_events"

    // The process, by the names every Prometheus client gives them.
    case processCPU = "process.cpu.seconds"
    case processResident = "process.resident_memory_bytes"
    case processVirtual = "process.virtual_memory_bytes"
    case processOpenFiles = "process.open_fds"
    case processMaximumFiles = "process.max_fds"
    case processStart = "process.start_time_seconds"

    /// One line for people.
    package var help: String {
        switch self {
        case .sessions: "Sessions that exist, by what they do."
        case .sessionsLimit: "Sessions that may exist at once."
        case .processesRunning: "Agents' processes that sessions have."
        case .admissionsWaiting: "Sessions that wait for a place among the processes that may run."
        case .admissionsWait: "How long sessions waited for such a place; those that had one at once are not counted."
        case .promptsQueued: "Prompts that wait in sessions' queues."
        case .approvalsPending: "Approvals and questions that wait for a person."
        case .subscribers: "Streams that are open, by how they are read."
        case .subscribersBehind: "Streams whose reader has not had everything there is."
        case .subscribersLag: "Bytes of events that the stream furthest behind has still to get."
        case .requestsRunning: "Requests that have no answer yet."
        case .connectionsOpen: "Connections that are served."
        case .storeHealthy: "1 while what survives a restart can be written, or nothing is to survive; else 0."
        case .poolProcesses: "Processes kept ready for new sessions, by whether they are."
        case .serverReady: "1 while the server takes work; 0 while it starts, drains or cannot store."
        case .build: "Always 1: which version runs, and which agent."
        case .sessionsCreated: "Sessions made since the start."
        case .sessionsRefused: "Sessions that were not made, by why."
        case .sessionsEnded: "Sessions that ended, by why."
        case .sessionsFailed: "Sessions given up because their agent died too often or did not start."
        case .sessionsWake: "From the order to wake a hibernated session until its process takes prompts."
        case .processesReady: "From the order to start an agent until it takes prompts, by where it came from."
        case .processesExited: "Agents' processes that ended, by how."
        case .processesRestarted: "Agents' processes started again because the one before died."
        case .promptsAccepted: "Prompts that sessions took, by how they were to go."
        case .promptsRefused: "Prompts that sessions did not take, by why."
        case .promptsFirstEvent: "From a prompt's way to the agent until the model's first words."
        case .turnsEnded: "Turns that ended, by how."
        case .turnsDuration: "From the start of a turn to its end."
        case .turnsStalled: "Turns of which nothing was heard for too long."
        case .interrupts: "Turns that were stopped, by the step of the ladder that did it and what came of it."
        case .approvalsRequested: "Approvals and questions that agents asked for, by kind."
        case .approvalsResolved: "Approvals and questions that wait no more, by what was decided."
        case .tokens: "Tokens that turns used, by kind."
        case .dollars: "What turns cost in USD, as the agent reckons."
        case .budgetsReached: "Times a session had spent its budget."
        case .jobsEnded: "Jobs that ended, by how."
        case .jobsDuration: "From the start of a job to its end."
        case .jobsWaiting: "Jobs that wait or run."
        case .webhooksAttempted: "Calls of webhooks, by the class of the answer."
        case .webhooksDuration: "How long a call of a webhook took."
        case .webhooksSettled: "Deliveries to webhooks that are over, by what came of them."
        case .webhooksWaiting: "Deliveries to webhooks that wait for their first or next call."
        case .requests: "Requests that were answered, by route and class of status."
        case .requestsDuration: "From the head of a request to the head of its answer, by route."
        case .requestsLimited: "Requests refused because there were too many, by class of route."
        case .connectionsRefused: "Connections closed before they were served, by why."
        case .streamsOpened: "Streams that were opened, by how they are read."
        case .streamsClosed: "Streams that ended, by their code; gone means that the client left."
        case .streamsSent: "Bytes of events written to streams."
        case .subscribersOverflowed: "Streams closed because their reader fell too far behind."
        case .webSocketsClosed: "WebSockets that we closed, by code."
        case .webSocketCommands: "Commands over WebSockets, by operation and whether they were carried out."
        case .storeCommits: "Transactions committed to the store."
        case .storeCommitSeconds: "Time spent in transactions."
        case .storeFailures: "Transactions that failed and were tried again."
        case .storeRefused: "Batches left out for what they hold: always a mistake of the server."
        case .storeDropped: "Events lost because the store failed for too long."
        case .processCPU: "User and system time of the server's own process."
        case .processResident: "Resident memory of the server's own process."
        case .processVirtual: "Virtual memory of the server's own process."
        case .processOpenFiles: "Descriptors that the server has open."
        case .processMaximumFiles: "Descriptors that the server may have open."
        case .processStart: "When the server started, in seconds since 1970."
        }
    }

    /// The upper bounds of what is counted together, in seconds.
    ///
    /// `nil` for what is not timed.
    package var buckets: [Double]? {
        switch self {
        case .turnsDuration, .jobsDuration, .admissionsWait: Self.minutes
        case .sessionsWake, .processesReady, .promptsFirstEvent, .requestsDuration, .webhooksDuration: Self.seconds
        default: nil
        }
    }

    /// For what takes milliseconds to a minute.
    private static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    /// For what an agent works at.
    private static let minutes = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600]
}
