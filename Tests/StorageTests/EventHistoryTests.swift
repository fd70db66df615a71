import NIOCore
import TestSupport
import Testing

@testable import Storage

@Suite struct EventHistoryTests {
    /// A history and its model, fed the same.
    private struct Pair {
        var history: EventHistory
        var model: HistoryModel

        init(maximumBytes: Int) {
            self.history = EventHistory(maximumBytes: maximumBytes)
            self.model = HistoryModel(maximumBytes: maximumBytes)
        }

        /// - Returns: the positions that left, by the history and by the model.
        @discardableResult
        mutating func append(_ kind: Event.Kind, bytes: Int = 40) -> (history: [UInt64], model: [UInt64]) {
            let (event, evicted) = self.model.append(kind, bytes: bytes)
            return (self.history.append(event).map(\.position), evicted)
        }

        mutating func supersede() {
            self.history.supersedePreviews()
            self.model.supersedePreviews()
        }

        var positions: [UInt64] { self.history.events(after: 0, maximumBytes: .max).map(\.position) }
    }

    /// 40 bytes and their bookkeeping.
    private static let cost = 200

    @Test func `an empty history has nothing and knows where to begin`() {
        let history = EventHistory(maximumBytes: 1000)
        #expect(history.events(after: 0, maximumBytes: .max).isEmpty)
        #expect(history.position(ofDurable: 0) == 0)
        #expect(history.newestDurable(10) { _ in true }.isEmpty)
        #expect(history.durable(after: 0, count: 10) { _ in true }?.isEmpty == true)
        #expect(history.heldBytes == 0)
    }

    @Test func `the oldest events leave when the budget is used up`() {
        var pair = Pair(maximumBytes: 3 * Self.cost)
        for _ in 1...3 { #expect(pair.append(.durable).history == []) }
        #expect(pair.append(.durable).history == [1])
        #expect(pair.append(.durable, bytes: 40 + Self.cost).history == [2, 3])
        #expect(pair.positions == [4, 5])
        #expect(pair.history.forgottenThrough == 3)
        #expect(pair.history.forgottenSequence == 3)
    }

    @Test func `one event stays, however large`() {
        var pair = Pair(maximumBytes: 100)
        pair.append(.durable)
        #expect(pair.append(.durable, bytes: 10_000).history == [1])
        #expect(pair.positions == [2])
        #expect(pair.history.heldBytes == 10_160)
    }

    @Test func `superseded previews leave before anything older`() {
        var pair = Pair(maximumBytes: 4 * Self.cost)
        pair.append(.durable)
        pair.append(.preview)
        pair.append(.preview)
        pair.append(.durable)
        pair.supersede()
        #expect(pair.append(.durable).history == [])
        #expect(pair.positions == [1, 4, 5])
        #expect(pair.history.forgottenThrough == 0)
    }

    @Test func `a preview that nothing supersedes is missed when it leaves`() {
        var pair = Pair(maximumBytes: 3 * Self.cost)
        pair.append(.durable)
        for _ in 1...4 { pair.append(.preview) }
        #expect(pair.positions == [3, 4, 5])
        #expect(pair.history.forgottenSequence == 1)
        #expect(pair.history.forgottenThrough == 2)
        // Every durable event after 1 is here, but a reader at its position has missed a preview.
        #expect(pair.history.position(ofDurable: 1) == 1)
        #expect(pair.history.position(ofDurable: 0) == nil)
    }

    @Test func `a page holds at least one event and ends at its bytes`() {
        var pair = Pair(maximumBytes: 100_000)
        for _ in 1...5 { pair.append(.durable, bytes: 100) }
        #expect(pair.history.events(after: 0, maximumBytes: 0).map(\.position) == [1])
        #expect(pair.history.events(after: 0, maximumBytes: 100).map(\.position) == [1])
        #expect(pair.history.events(after: 1, maximumBytes: 299).map(\.position) == [2, 3])
        #expect(pair.history.events(after: 1, maximumBytes: 300).map(\.position) == [2, 3, 4])
        #expect(pair.history.events(after: 5, maximumBytes: 300).isEmpty)
        #expect(pair.history.events(after: 99, maximumBytes: 300).isEmpty)
    }

    @Test func `durable events are found from both ends`() {
        var pair = Pair(maximumBytes: 100_000)
        for _ in 1...4 {
            pair.append(.durable)
            pair.append(.preview)
        }
        #expect(pair.history.newestDurable(2) { _ in true }.map(\.sequence) == [3, 4])
        #expect(pair.history.newestDurable(9) { $0.sequence != 3 }.map(\.sequence) == [1, 2, 4])
        #expect(pair.history.newestDurable(0) { _ in true }.isEmpty)
        #expect(pair.history.durable(after: 1, count: 2) { _ in true }?.map(\.sequence) == [2, 3])
        #expect(pair.history.durable(after: 1, count: 9) { $0.sequence > 2 }?.map(\.sequence) == [3, 4])
        #expect(pair.history.durable(after: 4, count: 9) { _ in true }?.isEmpty == true)
        #expect(pair.history.durable(after: 1, count: 0) { _ in true }?.isEmpty == true)
    }

    @Test func `durable events that have left are said to be gone`() {
        var pair = Pair(maximumBytes: 2 * Self.cost)
        for _ in 1...5 { pair.append(.durable) }
        #expect(pair.history.durable(after: 2, count: 9) { _ in true } == nil)
        #expect(pair.history.durable(after: 3, count: 9) { _ in true }?.map(\.sequence) == [4, 5])
    }

    @Test(arguments: UInt64(1)...20)
    func `the history does what the plain model does`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let maximumBytes = Int.random(in: 100...6000, using: &random)
        let previewShare = Int.random(in: 0...95, using: &random)
        var pair = Pair(maximumBytes: maximumBytes)
        for _ in 0..<120 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<6: pair.supersede()
            case 6..<8:
                pair.history.dropSuperseded()
                pair.model.dropSuperseded()
            default:
                let isPreview = Int.random(in: 0..<100, using: &random) < previewShare
                let large = Int.random(in: 0..<30, using: &random) == 0
                let bytes = Int.random(in: 0...(large ? 8000 : 200), using: &random)
                let evicted = pair.append(isPreview ? .preview : .durable, bytes: bytes)
                #expect(evicted.history == evicted.model)
            }
            guard Self.agree(pair, &random) else { return }
        }
    }

    /// Compares all that can be asked; false if they differ.
    private static func agree(_ pair: Pair, _ random: inout SeededGenerator) -> Bool {
        let (history, model) = (pair.history, pair.model)
        let held = model.held
        var isSame = pair.positions == held.map(\.position) && history.heldBytes == model.heldBytes
        isSame = isSame && (history.heldBytes <= model.maximumBytes || held.count == 1)
        isSame = isSame && history.forgottenThrough == model.forgottenThrough
        for sequence in 0...model.newestSequence {
            isSame = isSame && history.position(ofDurable: sequence) == model.position(ofDurable: sequence)
        }
        let position = UInt64.random(in: 0...(model.headPosition + 2), using: &random)
        let page = history.events(after: position, maximumBytes: Int.random(in: 0...2000, using: &random))
        let rest = held.filter { $0.position > position }
        isSame = isSame && page.map(\.position) == rest.prefix(page.count).map(\.position)
        isSame = isSame && page.isEmpty == rest.isEmpty
        #expect(isSame, "after \(model.headPosition) events")
        return isSame
    }
}
