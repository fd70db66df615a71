/// Decides which session's process may run, and who waits in which order.
///
/// A place is free when the house runs fewer processes than it may, the key of the session too, and the memory is there.
/// Free places go to the waiting session whose key runs the fewest, the oldest first among those: one busy key does not
/// keep the others out.
struct AdmissionLine {
    /// What there is of memory, and what may be used.
    struct Memory: Sendable, Equatable {
        /// MiB that new processes could have.
        var available: Int
        /// MiB that stay free.
        var floor: Int
        /// MiB that a process will have taken once it runs.
        var perProcess: Int
    }

    /// Who must give a process back before the first in line can go on.
    enum Shortage: Equatable {
        case anyone
        case owner(String)
    }

    private struct Waiter {
        let id: String
        let owner: String?
    }

    /// From its admission until a process has taken the memory it will need.
    static let settling: Duration = .seconds(10)

    /// Processes of the house; `nil` for as many as the memory holds.
    var maximumRunning: Int?
    private var running: [String: (owner: String?, since: ContinuousClock.Instant)] = [:]
    private var runningByOwner: [String?: Int] = [:]
    private var waiting: [Waiter] = []

    init(maximumRunning: Int?) {
        self.maximumRunning = maximumRunning
    }

    var waitingCount: Int { self.waiting.count }
    var runningCount: Int { self.running.count }

    /// Its place in the line, from 1; `nil` when it does not wait.
    func position(of id: String) -> Int? {
        self.waiting.firstIndex { $0.id == id }.map { $0 + 1 }
    }

    /// Puts a session at the end of the line, unless it has a place or stands there; `admit` says whether it may go on at
    /// once.
    mutating func join(_ id: String, owner: String?) {
        guard self.running[id] == nil, self.position(of: id) == nil else { return }
        self.waiting.append(Waiter(id: id, owner: owner))
    }

    /// Gives places away.
    ///
    /// - Parameters:
    ///   - memory: as it is now; `nil` where it does not count.
    ///   - quota: processes that a key may run.
    ///   - now: the time.
    /// - Returns: who has a place from now on, in the order of their admission.
    mutating func admit(
        memory: Memory?,
        quota: (String) -> Int?,
        now: ContinuousClock.Instant
    ) -> [String] {
        var admitted: [String] = []
        while self.hasRoom(memory, now: now), let index = self.nextIndex(quota) {
            let waiter = self.waiting.remove(at: index)
            self.running[waiter.id] = (waiter.owner, now)
            self.runningByOwner[waiter.owner, default: 0] += 1
            admitted.append(waiter.id)
        }
        return admitted
    }

    /// Takes a session out, whether it waits or runs; true when it had a place.
    @discardableResult
    mutating func leave(_ id: String) -> Bool {
        self.waiting.removeAll { $0.id == id }
        guard let gone = self.running.removeValue(forKey: id) else { return false }
        let left = (self.runningByOwner[gone.owner] ?? 1) - 1
        self.runningByOwner[gone.owner] = left == 0 ? nil : left
        return true
    }

    /// Who would have to give a process back for the line to move; `nil` when nobody waits.
    func shortage(quota: (String) -> Int?) -> Shortage? {
        guard let first = self.waiting.first else { return nil }
        if let owner = first.owner, !self.isBelowQuota(owner, quota) { return .owner(owner) }
        return .anyone
    }

    // MARK: Steps

    private func hasRoom(_ memory: Memory?, now: ContinuousClock.Instant) -> Bool {
        if let maximumRunning, self.running.count >= maximumRunning { return false }
        guard let memory else { return true }
        // What was let in a moment ago has not taken its memory yet.
        let promised = self.running.values.count { now - $0.since < Self.settling }
        return memory.available - (promised + 1) * memory.perProcess >= memory.floor
    }

    private func nextIndex(_ quota: (String) -> Int?) -> Int? {
        self.waiting.indices.filter { index in
            self.waiting[index].owner.map { self.isBelowQuota($0, quota) } ?? true
        }.min { one, other in
            let counts = [one, other].map { self.runningByOwner[self.waiting[$0].owner] ?? 0 }
            return counts[0] == counts[1] ? one < other : counts[0] < counts[1]
        }
    }

    private func isBelowQuota(_ owner: String, _ quota: (String) -> Int?) -> Bool {
        quota(owner).map { (self.runningByOwner[owner] ?? 0) < $0 } ?? true
    }
}
