import NIOCore
import Synchronization

/// Counts the server's connections, exactly, whichever event loops they are on.
final class ConnectionGate: Sendable {
    private let limits: ConnectionLimits
    private let table = Mutex(ConnectionTable())

    private let metrics: ConnectionMetrics

    init(_ limits: ConnectionLimits, metrics: ConnectionMetrics) {
        self.limits = limits
        self.metrics = metrics
    }

    /// Those that are served now.
    var count: Int { self.table.withLock { $0.count } }

    /// Decides on a new connection, and counts it until it is closed.
    func enter(_ channel: any Channel) -> ConnectionTable.Entry {
        let ip = IPAddress(channel.remoteAddress)
        let address = AddressBlock(ip)
        let isProxy = ip.map { ip in self.limits.proxies.contains { $0.contains(ip) } } ?? false
        let isExempt = isProxy || self.limits.exemptsLoopback && address.isLoopback
        let entry = self.table.withLock { $0.enter(address, isExempt: isExempt, self.limits) }
        self.metrics.entered(entry)
        switch entry {
        case .admitted:
            channel.closeFuture.whenComplete { _ in self.table.withLock { $0.leave(address) } }
        case .refused:
            channel.closeFuture.whenComplete { _ in self.table.withLock { $0.refusalEnded() } }
        case .dropped:
            break
        }
        return entry
    }
}
