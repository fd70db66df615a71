import DequeModule

/// The prompts of a session that have not reached the agent, oldest first.
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

    /// Puts a prompt at the end and returns its place from 1, or `nil` when the queue is full.
    mutating func append(_ prompt: Prompt) -> Int? {
        guard self.waiting.count < self.limit else { return nil }
        self.waiting.append(prompt)
        return self.waiting.count
    }

    /// Puts one back that could not be delivered; it had its place, so the limit does not count.
    mutating func prepend(_ prompt: Prompt) {
        self.waiting.prepend(prompt)
    }

    mutating func popFirst() -> Prompt? {
        self.waiting.popFirst()
    }

    /// Takes back one that has not been delivered.
    mutating func remove(id: String) -> Prompt? {
        guard let index = self.waiting.firstIndex(where: { $0.id == id }) else { return nil }
        return self.waiting.remove(at: index)
    }

    mutating func removeAll() -> [Prompt] {
        defer { self.waiting.removeAll() }
        return Array(self.waiting)
    }
}
