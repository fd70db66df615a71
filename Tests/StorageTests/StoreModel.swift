import NIOCore

@testable import Storage

/// What a `Store` should hold, written as plainly as it can be said.
struct StoreModel {
    struct Session {
        var record: StoredRecord
        var events: [StoredEvent] = []
        var messages: [StoredItem] = []
        var approvals: [StoredItem] = []
    }

    let closedItems: Int
    /// In the order in which they were made.
    private(set) var sessions: [(id: String, session: Session)] = []
    private(set) var usage: [UsageEntry] = []

    init(closedItems: Int) {
        self.closedItems = closedItems
    }

    func session(_ id: String) -> Session? { self.sessions.first { $0.id == id }?.session }

    mutating func apply(_ batch: StoreBatch) {
        for entry in batch.usage { self.add(entry) }
        guard !batch.isRemoval else { return self.sessions.removeAll { $0.id == batch.session } }
        if let record = batch.record, self.session(batch.session) == nil {
            self.sessions.append((batch.session, Session(record: record)))
        }
        guard let index = self.sessions.firstIndex(where: { $0.id == batch.session }) else { return }
        if let record = batch.record {
            if record.epoch != self.sessions[index].session.record.epoch { self.sessions[index].session.events = [] }
            self.sessions[index].session.record = record
        }
        self.sessions[index].session.events += batch.events
        self.fold(batch.messages, into: &self.sessions[index].session.messages)
        self.fold(batch.approvals, into: &self.sessions[index].session.approvals)
    }

    private mutating func add(_ entry: UsageEntry) {
        let key = { (entry: UsageEntry) in [entry.day, entry.session, entry.model] }
        if let index = self.usage.firstIndex(where: { key($0) == key(entry) }) {
            self.usage[index].turns += entry.turns
            self.usage[index].inputTokens += entry.inputTokens
            self.usage[index].costUSD += entry.costUSD
        } else {
            self.usage.append(entry)
            self.usage.sort { key($0).lexicographicallyPrecedes(key($1)) }
        }
    }

    private func fold(_ changed: [StoredItem], into items: inout [StoredItem]) {
        for item in changed {
            if let index = items.firstIndex(where: { $0.id == item.id }) {
                items[index] = item
            } else {
                items.append(item)
            }
        }
        let kept = items.filter { !$0.isOpen }.suffix(self.closedItems).map(\.id)
        items.removeAll { !$0.isOpen && !kept.contains($0.id) }
    }
}
