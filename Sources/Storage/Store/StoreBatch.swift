import NIOCore

/// What one step of one session changes, written in one transaction, in order.
package struct StoreBatch: Sendable {
    /// The public id, no more than 64 characters.
    ///
    /// Of no session, and empty, for a batch of rows alone.
    package let session: String
    /// Replaces the session's record.
    ///
    /// The first batch of a session has one.
    package var record: StoredRecord?
    /// Durable events in order, each number one more than the last.
    ///
    /// A gap to what is stored ends the stored log: what is before the gap goes. A number that is stored already refuses
    /// the batch.
    package var events: [StoredEvent] = []
    /// Replace the messages with the same ids, or are new.
    package var messages: [StoredItem] = []
    /// Replace the approvals with the same ids, or are new.
    package var approvals: [StoredItem] = []
    /// Replace the jobs with the same ids, or are new.
    package var jobs: [StoredItem] = []
    /// Replace the rows with the same kinds and ids, are new, or delete them; they belong to no session.
    package var rows: [StoredRow] = []
    /// Added up.
    package var usage: [UsageEntry] = []
    /// Acts, in order; they outlive the session.
    package var audit: [AuditEntry] = []
    /// Acts that go.
    package var auditBounds: AuditBounds?
    /// The session is forgotten: everything of it goes but its usage, and of this batch only usage, acts and rows count.
    package var isRemoval = false

    /// What is stored of the session goes before the rest is written: it was removed and made anew while nothing could be
    /// written.
    var startsOver = false
    /// Events up to this number left the backlog unwritten, and those before them go too; 0 for none.
    var forgottenThrough: UInt64 = 0

    package init(session: String = "") {
        self.session = session
    }

    /// Nothing but usage and rows is in it.
    var needsNoSession: Bool {
        self.record == nil && self.events.isEmpty && self.messages.isEmpty && self.approvals.isEmpty
            && self.jobs.isEmpty && self.forgottenThrough == 0
    }

    /// What it holds in memory, in bytes, its events apart.
    var costWithoutEvents: Int {
        let items = [self.messages, self.approvals, self.jobs].reduce(0) { $1.reduce($0) { $0 + $1.cost } }
        let rows = self.rows.reduce(0) { $0 + $1.cost } + self.audit.reduce(0) { $0 + $1.cost }
        return 256 + items + rows + self.usage.count * 160 + (self.record?.body.readableBytes ?? 0)
    }

    /// What it holds in memory, in bytes.
    var cost: Int {
        self.costWithoutEvents + self.events.reduce(0) { $0 + $1.cost }
    }

    /// Makes `changed` take the place of the items with the same ids; the others follow in order.
    static func fold(_ changed: [StoredItem], into items: inout [StoredItem]) {
        for item in changed {
            if let index = items.firstIndex(where: { $0.id == item.id }) {
                items[index] = item
            } else {
                items.append(item)
            }
        }
    }

    /// Makes `changed` take the place of the rows with the same kinds and ids; the others follow in order.
    static func fold(_ changed: [StoredRow], into rows: inout [StoredRow]) {
        for row in changed {
            if let index = rows.firstIndex(where: { $0.kind == row.kind && $0.id == row.id }) {
                rows[index] = row
            } else {
                rows.append(row)
            }
        }
    }

    /// Adds `more` up with the entries of the same row; the others follow in order.
    static func fold(_ more: [UsageEntry], into usage: inout [UsageEntry]) {
        for entry in more {
            if let index = usage.firstIndex(where: { $0.isSameRow(as: entry) }) {
                usage[index].add(entry)
            } else {
                usage.append(entry)
            }
        }
    }
}

extension StoredEvent {
    /// What it holds in memory, in bytes.
    var cost: Int { self.envelope.readableBytes + 192 }
}

extension StoredItem {
    /// What it holds in memory, in bytes.
    var cost: Int { self.body.readableBytes + 96 }
}
