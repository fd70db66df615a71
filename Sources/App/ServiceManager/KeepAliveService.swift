import Actors
import NIOCore
import ServiceLifecycle

/// Tells the service manager again and again that the server is alive, and what it does.
///
/// Alive means that the supervisor and every event loop answer: when one of them hangs the signs stop, and the manager
/// starts the server anew (`WatchdogSec=`). It stops last, so that a long drain is no reason to be killed.
struct KeepAliveService: Service {
    let manager: ServiceManager
    let supervisor: Supervisor
    let loops: any EventLoopGroup

    func run() async throws {
        guard let interval = self.manager.keepAlive else { return try await gracefulShutdown() }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                for loop in self.loops.makeIterator() { try? await loop.submit {}.get() }
                self.manager.tell(.alive(status: await self.status))
                try? await Task.sleep(for: interval)
            }
        }
    }

    private var status: String {
        get async {
            let count = await self.supervisor.sessionCount
            return await self.supervisor.isReady ? "serving \(count) sessions" : "draining \(count) sessions"
        }
    }
}
