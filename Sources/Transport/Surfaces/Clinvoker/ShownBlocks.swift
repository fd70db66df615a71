/// What a reader has seen of the message that is being written, so that the whole adds what is missing and nothing twice.
struct ShownBlocks: Sendable {
    /// What a block is made of.
    enum Kind: Sendable {
        case text, thinking
    }

    private struct Block {
        let index: Int
        let kind: Kind
        var text = ""
        /// Something of it was missed: the rest comes with the whole.
        var isBroken = false
    }

    private var message: String?
    private var blocks: [Block] = []

    /// A message begins; what is left of another is of no use any more.
    mutating func messageStarted(_ id: String?) {
        self.message = id
        self.blocks = []
    }

    /// A block of the message begins.
    mutating func blockStarted(_ index: Int, _ kind: Kind) {
        self.blocks.removeAll { $0.index == index }
        self.blocks.append(Block(index: index, kind: kind))
    }

    /// A piece of a block.
    ///
    /// - Returns: whether it can be shown now.
    mutating func added(_ piece: String, to index: Int, of id: String?) -> Bool {
        guard id == self.message, let place = self.blocks.firstIndex(where: { $0.index == index }),
            !self.blocks[place].isBroken
        else { return false }
        self.blocks[place].text += piece
        return true
    }

    /// The whole of a block has come.
    ///
    /// - Returns: what of it was not shown.
    mutating func completed(_ text: String, _ kind: Kind, of id: String?) -> String {
        guard id == self.message, let place = self.blocks.firstIndex(where: { $0.kind == kind }) else { return text }
        let shown = self.blocks.remove(at: place).text
        // One that is no beginning of the whole cannot be mended: what was shown stands.
        return text.hasPrefix(shown) ? String(text.dropFirst(shown.count)) : shown.isEmpty ? text : ""
    }

    /// Blocks of the message will never be whole.
    ///
    /// - Returns: whether anything of them was shown.
    mutating func abandoned(from index: Int, of id: String?) -> Bool {
        guard id == self.message else { return false }
        let wasShown = self.blocks.contains { $0.index >= index && !$0.text.isEmpty }
        self.blocks.removeAll { $0.index >= index }
        return wasShown
    }

    /// Events were missed.
    mutating func gap() {
        for place in self.blocks.indices { self.blocks[place].isBroken = true }
    }
}
