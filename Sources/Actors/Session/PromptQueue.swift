import DequeModule
import NIOCore

/// The prompts of a session that have not reached the agent, in the order in which they will.
///
/// One prompt at a time reaches the CLI, so that each has an answer of its own (PROTOCOL §9); the others wait here.
struct PromptQueue: Sendable {
    private var waiting: Deque<Prompt> = []
    /// How many may wait; one more is refused.
    let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var prompts: [Prompt] { Array(self.waiting) }
    var count: Int { self.waiting.count }
    var isEmpty: Bool { self.waiting.isEmpty }
    var isFull: Bool { self.waiting.count >= self.limit }

    /// Puts a prompt at the end and returns its place from 1, or `nil` when the queue is full.
    mutating func append(_ prompt: Prompt) -> Int? {
        guard !self.isFull else { return nil }
        self.waiting.append(prompt)
        return self.waiting.count
    }

    /// Puts one before all others; it had its place, so the limit does not count.
    mutating func prepend(_ prompt: Prompt) {
        self.waiting.prepend(prompt)
    }

    mutating func popFirst() -> Prompt? {
        self.waiting.popFirst()
    }

    /// Takes back one that has not been delivered.
    mutating func remove(id: String) -> Prompt? {
        guard let index = self.index(of: id) else { return nil }
        return self.waiting.remove(at: index)
    }

    mutating func removeAll() -> [Prompt] {
        defer { self.waiting.removeAll() }
        return Array(self.waiting)
    }

    /// Changes what one says; false when none of that id waits.
    mutating func edit(id: String, content: ByteBuffer) -> Bool {
        guard let index = self.index(of: id) else { return false }
        self.waiting[index].content = content
        // What a client has changed is the client's, with all that a client may not say.
        if self.waiting[index].origin == .command { self.waiting[index].origin = .client }
        return true
    }

    /// Moves one to a place from 1; a place behind the last is the last.
    ///
    /// - Parameters:
    ///   - id: which.
    ///   - position: where to, from 1.
    /// - Returns: false when none of that id waits.
    mutating func move(id: String, to position: Int) -> Bool {
        guard let prompt = self.remove(id: id) else { return false }
        self.waiting.insert(prompt, at: min(max(position - 1, 0), self.waiting.count))
        return true
    }

    private func index(of id: String) -> Int? {
        self.waiting.firstIndex { $0.id == id }
    }
}
