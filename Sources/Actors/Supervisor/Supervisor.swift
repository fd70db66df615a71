package import Agent
import DequeModule
package import Logging
import ServiceLifecycle
import Storage
import Synchronization

/// Owns every session: makes them within the limits, gives them their life as child tasks, keeps their time, and lets
/// nothing of them outlive it.
package actor Supervisor {
    /// The limits of the house.
    package struct Configuration: Sendable {
        /// Sessions that may exist at once.
        package var maximumSessions = 100
        /// What each session is held to.
        package var session = SessionMachine.Configuration()
        /// Bytes of recent events each session keeps in memory.
        package var logBytes = 4 << 20
        /// How long an ended session can still be read.
        package var remembrance: Duration = .seconds(300)
        /// How often deadlines are looked at; what is due is late by this much at most.
        package var sweepInterval: Duration = .milliseconds(250)

        package init() {}
    }

    private let configuration: Configuration
    private let plan: LaunchPlan
    private let runner: any AgentRunner
    private let time: any TimeSource
    private let logger: Logger
    private let births: AsyncStream<Session>
    private let birthPlace: AsyncStream<Session>.Continuation

    private var sessions: [String: Session] = [:]
    /// Ended ones, oldest first, and when they are forgotten.
    private var ended: Deque<(session: Session, until: ContinuousClock.Instant)> = []
    private var isDraining = false

    package init(
        configuration: Configuration,
        plan: LaunchPlan,
        runner: any AgentRunner,
        time: any TimeSource = SystemTime(),
        logger: Logger
    ) {
        self.configuration = configuration
        self.plan = plan
        self.runner = runner
        self.time = time
        self.logger = logger
        // Never full: a session is yielded once, and no more exist than the limit allows.
        (self.births, self.birthPlace) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(configuration.maximumSessions + 1)
        )
    }

    // MARK: Life

    /// Runs the sessions until the service is told to stop and the last of them is gone.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepTime() }
            group.addTask {
                try? await gracefulShutdown()
                await self.endAll()
            }
            for await session in self.births {
                group.addTask {
                    await session.run()
                    await self.bury(session)
                }
            }
            // All are gone, or this task was cancelled: then their processes are killed by the same cancellation.
            group.addTask { await self.endAll() }
            group.cancelAll()
        }
    }

    /// No new sessions and prompts from now on; returns when no turn runs any more.
    ///
    /// Bounded by the caller: cancel it at the deadline.
    package func drain() async {
        self.isDraining = true
        for session in self.sessions.values {
            guard await session.summary().turn != nil else { continue }
            await Self.waitForTurn(of: session)
        }
    }

    /// Looks at every deadline once. The tick of `run`, and a test's hand on the clock.
    package func sweep() async {
        let now = self.time.now
        while let first = self.ended.first, first.until <= now { self.ended.removeFirst() }
        for session in self.sessions.values {
            let deadline = session.deadline.withLock { $0 }
            if let deadline, deadline <= now { await session.deadlineReached() }
        }
    }

    // MARK: Sessions

    /// Makes a session and starts its process.
    ///
    /// - Throws: `SessionError` when the id is taken, the house is full, or the server drains.
    package func create(_ options: SessionOptions) throws(SessionError) -> Session {
        guard !self.isDraining else {
            throw SessionError(.draining, "The server is shutting down.", retryAfter: .seconds(5))
        }
        guard self.sessions.count < self.configuration.maximumSessions else {
            throw SessionError(
                .sessionLimit,
                "\(self.sessions.count) sessions exist, which is this server's limit.",
                retryAfter: .seconds(30)
            )
        }
        let id = options.id ?? Identifier.session()
        guard self.sessions[id] == nil, !self.ended.contains(where: { $0.session.id == id }) else {
            throw SessionError(.sessionExists, "A session of that id exists.")
        }
        let session = Session(
            id: id,
            options: options,
            plan: self.plan,
            runner: self.runner,
            configuration: self.configuration.session,
            logBytes: self.configuration.logBytes,
            time: self.time,
            logger: self.logger
        )
        self.sessions[id] = session
        self.birthPlace.yield(session)
        return session
    }

    /// The session of an id, an ended one included as long as it is remembered.
    package func session(_ id: String) throws(SessionError) -> Session {
        guard let session = self.sessions[id] ?? self.ended.last(where: { $0.session.id == id })?.session else {
            throw SessionError(.sessionNotFound, "There is no session of that id.")
        }
        return session
    }

    /// Takes a prompt for a session, unless the server drains.
    package func checkAcceptsWork() throws(SessionError) {
        guard !self.isDraining else {
            throw SessionError(.draining, "The server is shutting down.", retryAfter: .seconds(5))
        }
    }

    /// All sessions, newest activity first.
    package func summaries() async -> [SessionSummary] {
        var summaries: [SessionSummary] = []
        for session in self.sessions.values { await summaries.append(session.summary()) }
        return summaries.sorted { ($0.lastActivityAt, $0.id) > ($1.lastActivityAt, $1.id) }
    }

    /// Counts by what they do, and the limit.
    package var isAcceptingWork: Bool { !self.isDraining }
    package var sessionCount: Int { self.sessions.count }
    package nonisolated var maximumSessions: Int { self.configuration.maximumSessions }

    // MARK: Steps

    private func keepTime() async {
        while !Task.isCancelled {
            try? await self.time.sleep(until: self.time.now + self.configuration.sweepInterval)
            await self.sweep()
        }
    }

    /// Keeps an ended session readable for a while, so that its viewers learn how it went.
    private func bury(_ session: Session) {
        self.sessions[session.id] = nil
        self.ended.append((session, self.time.now + self.configuration.remembrance))
        if self.ended.count > self.configuration.maximumSessions { self.ended.removeFirst() }
        if self.isDraining, self.sessions.isEmpty { self.birthPlace.finish() }
    }

    private func endAll() async {
        self.isDraining = true
        if self.sessions.isEmpty { self.birthPlace.finish() }
        await withDiscardingTaskGroup { group in
            for session in self.sessions.values {
                group.addTask { await session.end(.shutdown) }
            }
        }
    }

    private static func waitForTurn(of session: Session) async {
        let start = session.log.head.position
        guard await session.summary().turn != nil else { return }
        for await events in EventLogFollower(session.log, after: start)
        where events.contains(where: { $0.type == "turn.ended" }) {
            return
        }
    }
}
