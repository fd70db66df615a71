import Agent
import DequeModule
import NIOCore
import Storage

/// What has become of each message of a session: those that are not done, and the newest of those that are.
///
/// A message that is sent again with the same key is the same message (`Idempotency-Key`).
struct MessageBook: Sendable {
    /// One message.
    struct Entry: Sendable, Equatable {
        var prompt: Prompt
        var state: MessageState
        /// The turn it went into.
        var turn: String?
        /// The client's key, and what it stood for.
        var key: String?
        var fingerprint: String?
        /// Rises along the queue.
        var place: Int
    }

    /// Those that are done and still known.
    private static let maximumDone = 256

    private var entries: [String: Entry] = [:]
    private var done: Deque<String> = []
    private var byKey: [String: String] = [:]
    private var changed: [String] = []
    private var lastPlace = 0

    subscript(id: String) -> Entry? { self.entries[id] }

    /// The message that came with a key.
    func message(key: String) -> Entry? {
        self.byKey[key].flatMap { self.entries[$0] }
    }

    mutating func accept(_ prompt: Prompt, key: String? = nil, fingerprint: String? = nil) {
        self.lastPlace += 1
        self.put(
            Entry(prompt: prompt, state: .accepted, key: key, fingerprint: fingerprint, place: self.lastPlace)
        )
    }

    /// Notes what became of a message; one that is done stays done.
    mutating func set(_ id: String, _ state: MessageState, turn: String? = nil) {
        guard var entry = self.entries[id], !entry.state.isFinal, entry.state != state || turn != nil else { return }
        entry.state = state
        entry.turn = turn ?? entry.turn
        self.put(entry)
    }

    /// Notes the queue as it stands: what waits, what it says, and in which order.
    mutating func noteQueue(_ waiting: [Prompt]) {
        var place = 0
        for prompt in waiting {
            guard var entry = self.entries[prompt.id], !entry.state.isFinal else { continue }
            let isInOrder = entry.place > place
            place = isInOrder ? entry.place : place + 1
            guard !isInOrder || entry.state != .queued || entry.prompt != prompt else { continue }
            entry.place = place
            entry.state = .queued
            entry.prompt = prompt
            self.put(entry)
        }
        self.lastPlace = max(self.lastPlace, place)
    }

    /// What has changed since the last time, for the store.
    mutating func takeChanges() -> [StoredItem] {
        defer { self.changed = [] }
        return self.changed.compactMap { self.entries[$0]?.stored }
    }

    /// Takes up what an earlier server left.
    ///
    /// - Returns: the messages that waited, in order.
    mutating func restore(_ items: [StoredItem]) {
        for entry in items.compactMap({ Entry(stored: $0) }).sorted(by: { $0.place < $1.place }) {
            self.put(entry)
            self.lastPlace = max(self.lastPlace, entry.place)
        }
        self.changed = []
    }

    /// Those that are not done, along the queue.
    var open: [Entry] {
        self.entries.values.filter { !$0.state.isFinal }.sorted { $0.place < $1.place }
    }

    private mutating func put(_ entry: Entry) {
        var entry = entry
        let wasDone = self.entries[entry.prompt.id]?.state.isFinal ?? false
        if entry.state.isFinal {
            // What it said is in the events; here only its fate matters.
            entry.prompt.content = ByteBuffer()
            if !wasDone { self.done.append(entry.prompt.id) }
        }
        self.entries[entry.prompt.id] = entry
        if let key = entry.key { self.byKey[key] = entry.prompt.id }
        if !self.changed.contains(entry.prompt.id) { self.changed.append(entry.prompt.id) }
        if self.done.count > Self.maximumDone, let oldest = self.done.popFirst() {
            if let key = self.entries.removeValue(forKey: oldest)?.key { self.byKey[key] = nil }
        }
    }
}

extension MessageBook.Entry {
    /// As the store keeps it.
    var stored: StoredItem {
        var body = ByteBuffer(string: "{")
        func text(_ name: StaticString, _ value: String?) {
            guard let value else { return }
            if body.readableBytes > 1 { body.writeString(",") }
            body.writeString("\"\(name)\":")
            JSONText.append(value, to: &body)
        }
        text("id", self.prompt.id)
        text("uuid", self.prompt.uuid)
        text("delivery", self.prompt.delivery.rawValue)
        text("origin", self.prompt.origin.rawValue)
        text("created_at", self.prompt.createdAt)
        text("state", self.state.rawValue)
        text("turn", self.turn)
        text("key", self.key)
        text("fingerprint", self.fingerprint)
        body.writeString(",\"place\":\(self.place)")
        if self.prompt.content.readableBytes > 0 {
            body.writeString(",\"content\":")
            body.writeImmutableBuffer(self.prompt.content)
        }
        body.writeString("}")
        return StoredItem(id: self.prompt.id, isOpen: !self.state.isFinal, body: body)
    }

    /// Reads what `stored` wrote; `nil` for anything else.
    init?(stored: StoredItem) {
        guard let object = JSONObject(stored.body), let uuid = object.string("uuid"),
            let state = object.string("state").flatMap(MessageState.init)
        else { return nil }
        self.prompt = Prompt(
            id: stored.id,
            uuid: uuid,
            content: object.nonNull("content") ?? ByteBuffer(),
            delivery: object.string("delivery").flatMap(Prompt.Delivery.init) ?? .queue,
            origin: object.string("origin").flatMap(Prompt.Origin.init) ?? .client,
            createdAt: object.string("created_at") ?? ""
        )
        self.state = state
        self.turn = object.string("turn")
        self.key = object.string("key")
        self.fingerprint = object.string("fingerprint")
        self.place = object.int("place") ?? 0
    }
}
