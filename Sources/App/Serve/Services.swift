import Actors
import Agent
import Logging
import ServiceLifecycle
import Storage
import Transport
import UnixSignals

/// The watchdog's life is the server's.
struct WatchdogService: Service {
    let watchdog: WatchdogGuard

    func run() async throws {
        await cancelWhenGracefulShutdown { await self.watchdog.run() }
    }
}

/// The store is written to as long as there are sessions; then what is left is written, and it is closed.
struct StoreService: Service {
    let store: Store?
    let logger: Logger

    func run() async throws {
        guard let store else { return try await gracefulShutdown() }
        await withGracefulShutdownHandler {
            await store.run()
        } onGracefulShutdown: {
            store.finish()
        }
        if store.counts.refused > 0 {
            self.logger.error(
                "the store refused what it was given",
                metadata: [LogKey.count: "\(store.counts.refused)"]
            )
        }
        if case .failing(let error) = store.condition {
            self.logger.error("not everything could be stored", metadata: [LogKey.code: "\(error.code.rawValue)"])
        }
    }
}

/// The processes kept ready; it outlives the sessions, whose processes may have come from here.
struct PoolService: Service {
    /// How often the memory is looked at.
    private static let interval: Duration = .seconds(1)

    let pool: WarmPool
    let size: Int
    let isMemoryShort: @Sendable () -> Bool

    func run() async throws {
        await withDiscardingTaskGroup { group in
            if self.size > 0 { group.addTask { await self.heedMemory() } }
            await withGracefulShutdownHandler {
                await self.pool.run()
            } onGracefulShutdown: {
                self.pool.beginShutdown()
            }
            group.cancelAll()
        }
    }

    /// While memory is short none is kept: what sessions use comes first.
    private func heedMemory() async {
        while !Task.isCancelled {
            let isShort = self.isMemoryShort()
            if isShort != (self.pool.status.size == 0) { self.pool.setSize(isShort ? 0 : self.size) }
            try? await Task.sleep(for: Self.interval)
        }
    }
}

/// The sessions, and beside them the reaping of what they leave.
struct SupervisorService: Service {
    let supervisor: Supervisor

    func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await Subreaper.reapOrphans() }
            await self.supervisor.run()
            group.cancelAll()
        }
    }
}

/// Writes down now and then when keys were used.
struct KeyUseService: Service {
    private static let interval: Duration = .seconds(30)

    let keys: KeyRing

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                self.keys.keepUses()
            }
        }
    }
}

/// The listener.
struct TransportService: Service {
    let transport: TransportServer

    func run() async throws {
        try await self.transport.run()
    }
}

/// The first to be told to stop: no longer ready, then no new work, running turns get their time, streams are told.
///
/// A second signal cuts all waiting short.
struct DrainService: Service {
    let supervisor: Supervisor
    let transport: TransportServer
    let delay: Duration
    let timeout: Duration
    let manager: ServiceManager
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        let longest = (self.delay + self.timeout).components.seconds
        self.manager.tell(.stopping(status: "draining for up to \(longest) s"))
        self.logger.notice("draining", metadata: [LogKey.delay: "\(self.delay)", LogKey.timeout: "\(self.timeout)"])
        self.supervisor.audit?.record("stopServer", bySystemTo: nil, AuditNotes())
        await self.supervisor.announceDrain()
        await withTaskGroup { group in
            group.addTask { await self.drain() }
            group.addTask {
                // Asked a second time: whoever stops the server does not want to wait.
                for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { return }
            }
            await group.next()
            group.cancelAll()
        }
        await self.transport.closeStreams()
    }

    private func drain() async {
        if self.delay > .zero { try? await Task.sleep(for: self.delay) }
        await withTaskGroup { group in
            group.addTask { await self.supervisor.drain() }
            group.addTask { try? await Task.sleep(for: self.timeout) }
            await group.next()
            group.cancelAll()
        }
    }
}
