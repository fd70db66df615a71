import Glibc

/// Processes that are to go: found again and again, since each look may find what was born since the last.
///
/// Looks and sends signals when told to, and waits for nothing itself.
struct SweepSet {
    private var known: [Int32: ProcessEntry]
    /// Different processes that were sent SIGKILL.
    private(set) var killed: Set<Int32> = []

    /// Begins with processes that were seen at some moment.
    init(_ snapshot: [ProcessEntry] = []) {
        self.known = Dictionary(snapshot.map { ($0.pid, $0) }) { first, _ in first }
    }

    /// Which of the known ones, of those whose mark is wanted, and of all below either are still alive.
    ///
    /// A process that dropped the mark from its environment is found by its parent.
    mutating func look(isOwned: (String) -> Bool, sparing spared: Set<Int32> = []) -> [ProcessEntry] {
        let tree = ProcessTree.now()
        self.known = self.known.filter { tree.entries[$0.key]?.startTime == $0.value.startTime }
        for entry in tree.marked(where: isOwned) { self.known[entry.pid] = entry }
        for entry in self.known.values {
            for child in tree.descendants(of: entry.pid) { self.known[child.pid] = child }
        }
        self.known[ProcessTree.ownPID] = nil
        for pid in spared { self.known[pid] = nil }
        return self.known.keys.compactMap { tree.entries[$0] }.filter { !$0.isZombie }
    }

    mutating func send(_ signal: Int32, to entries: [ProcessEntry]) {
        for entry in entries where ProcessTree.send(signal, to: entry) && signal == SIGKILL {
            self.killed.insert(entry.pid)
        }
    }

    /// Reaps those that ended as our children: orphans that a subreaper was given, for which nobody else waits.
    func reap() {
        for pid in self.known.keys where self.killed.contains(pid) && !ManagedChildren.contains(pid) {
            var status: Int32 = 0
            waitpid(pid, &status, WNOHANG)
        }
    }
}
