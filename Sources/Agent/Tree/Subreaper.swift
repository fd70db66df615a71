import CLinux
import Glibc
import Synchronization

/// Makes orphans of the sessions children of this process, where they are seen and reaped.
package enum Subreaper {
    /// Once, when the server starts.
    package static func enable() throws(AgentError) {
        guard troupe_become_subreaper() == 0 else {
            throw AgentError(.systemCall, "prctl(PR_SET_CHILD_SUBREAPER) failed with errno \(errno)")
        }
    }

    /// Reaps adopted orphans for as long as the task lives; returns when it is cancelled.
    ///
    /// A child that somebody here waits for is a zombie for a moment only. So only one that `ManagedChildren` does not
    /// know and that was a zombie a second ago as well is taken.
    package static func reapOrphans(interval: Duration = .seconds(2)) async {
        var seen: [Int32: UInt64] = [:]
        while !Task.isCancelled {
            seen = self.reapOnce(seen)
            try? await Task.sleep(for: max(interval, .seconds(1)))
        }
    }

    /// One scan: reaps what is a zombie now and was in `seen`; returns the zombies that remain.
    static func reapOnce(_ seen: [Int32: UInt64]) -> [Int32: UInt64] {
        var zombies: [Int32: UInt64] = [:]
        for entry in ProcessTree.now().entries.values
        where entry.parent == ProcessTree.ownPID && entry.isZombie && !ManagedChildren.contains(entry.pid) {
            if seen[entry.pid] == entry.startTime {
                var status: Int32 = 0
                waitpid(entry.pid, &status, WNOHANG)
            } else {
                zombies[entry.pid] = entry.startTime
            }
        }
        return zombies
    }
}

/// The children that somebody in this process waits for, and which nobody else may reap.
package enum ManagedChildren {
    private static let pids = Mutex<Set<Int32>>([])

    package static func insert(_ pid: Int32) { _ = self.pids.withLock { $0.insert(pid) } }

    package static func remove(_ pid: Int32) { _ = self.pids.withLock { $0.remove(pid) } }

    package static func contains(_ pid: Int32) -> Bool { self.pids.withLock { $0.contains(pid) } }
}
