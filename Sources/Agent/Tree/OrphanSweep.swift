import Glibc

/// Ends processes that somebody left behind.
package enum OrphanSweep {
    /// What a sweep did.
    package struct Outcome: Sendable, Equatable {
        /// Different processes that were killed.
        package var killed = 0
        /// Those that are still there.
        package var survivors: [Int32] = []
    }

    /// At the start of a server: ends the processes of this user whose mark names a server that is gone.
    ///
    /// Returns how many there were. Takes up to three seconds if some resist.
    package static func sweepDeadOwners() async -> Int {
        await self.sweep { mark in
            guard let mark = OwnerMark(mark) else { return false }
            return ProcessTree.startTime(of: mark.serverPID) != mark.serverStartTime
        }.killed
    }

    /// Kills what is in `snapshot` and everything whose mark is owned, until nothing is found or `limit` is over.
    static func sweep(
        snapshot: [ProcessEntry] = [],
        sparing spared: Set<Int32> = [],
        limit: Duration = .seconds(3),
        isOwned: (String) -> Bool
    ) async -> Outcome {
        var set = SweepSet(snapshot)
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        var pause = Duration.milliseconds(2)
        while true {
            let alive = set.look(isOwned: isOwned, sparing: spared)
            set.reap()
            guard !alive.isEmpty else { return Outcome(killed: set.killed.count) }
            guard clock.now < deadline else {
                return Outcome(killed: set.killed.count, survivors: alive.map(\.pid).sorted())
            }
            set.send(SIGKILL, to: alive)
            await self.wait(pause)
            pause = min(pause * 2, .milliseconds(50))
        }
    }

    /// The kernel's time to end what was killed; also in a cancelled task.
    private static func wait(_ duration: Duration) async {
        // Proof: awaited on the spot, so it ends before its caller does; a sleep of at most 50 ms.
        await Task { try? await Task.sleep(for: duration) }.value
    }
}
