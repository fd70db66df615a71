/// The prompts that wait for the running turn to end.
///
/// Decides only. Prompts that were written without a priority become one turn together, up to a slash command; those
/// with one each get a turn of their own, `now` first, then `next`, then those without, then `later`.
struct PromptQueue {
    private var waiting: [Prompt] = []

    /// The uuids of those that have one, in their order.
    var uuids: [String] { self.waiting.compactMap(\.uuid) }

    /// Adds one to the end.
    mutating func add(_ prompt: Prompt) {
        self.waiting.append(prompt)
    }

    /// The prompts of the next turn; none when nobody waits.
    mutating func takeTurn() -> [Prompt] {
        let order: [Prompt.Priority?] = [.now, .next, nil, .later]
        guard let priority = order.first(where: { rank in self.waiting.contains { $0.priority == rank } }) else {
            return []
        }
        if priority == nil {
            let taken = self.takeFolded()
            if !taken.isEmpty { return taken }
        }
        guard let index = self.waiting.firstIndex(where: { $0.priority == priority }) else { return [] }
        return [self.waiting.remove(at: index)]
    }

    /// Those that a running turn takes up between a tool and the next request.
    mutating func takeFolded() -> [Prompt] {
        let taken = self.waiting.filter { $0.priority == nil }.prefix(while: \.isShareable)
        var rest = taken.count
        self.waiting.removeAll { prompt in
            guard prompt.priority == nil, rest > 0 else { return false }
            rest -= 1
            return true
        }
        return Array(taken)
    }

    /// Withdraws one; whether it was there.
    mutating func cancel(uuid: String) -> Bool {
        guard let index = self.waiting.firstIndex(where: { $0.uuid == uuid }) else { return false }
        self.waiting.remove(at: index)
        return true
    }

    /// Withdraws all that have a uuid, and names them.
    mutating func cancelAll() -> [String] {
        let uuids = self.uuids
        self.waiting.removeAll { $0.uuid != nil }
        return uuids
    }
}
