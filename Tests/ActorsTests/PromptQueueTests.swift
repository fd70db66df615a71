import NIOCore
import Testing

@testable import Actors

@Suite struct PromptQueueTests {
    private static func prompt(_ id: String) -> Prompt {
        Prompt(id: id, uuid: "u-\(id)", content: ByteBuffer(string: "\"x\""), createdAt: "")
    }

    @Test func `prompts leave in the order they came, with places from 1`() {
        var queue = PromptQueue(limit: 10)
        #expect(["a", "b", "c"].map { queue.append(Self.prompt($0)) } == [1, 2, 3])
        #expect(queue.popFirst()?.id == "a")
        #expect(queue.append(Self.prompt("d")) == 3)
        #expect(queue.prompts.map(\.id) == ["b", "c", "d"])
        #expect(queue.removeAll().map(\.id) == ["b", "c", "d"])
        #expect(queue.isEmpty && queue.popFirst() == nil)
    }

    @Test(arguments: [0, 1, 3])
    func `one more than the limit is refused`(limit: Int) {
        var queue = PromptQueue(limit: limit)
        for place in 0..<limit { #expect(queue.append(Self.prompt("\(place)")) == place + 1) }
        #expect(queue.append(Self.prompt("too many")) == nil)
        #expect(queue.count == limit)
    }

    @Test func `one that could not be delivered goes back to the front of a full queue`() {
        var queue = PromptQueue(limit: 2)
        _ = queue.append(Self.prompt("a"))
        _ = queue.append(Self.prompt("b"))
        let first = queue.popFirst()
        _ = queue.append(Self.prompt("c"))
        if let first { queue.prepend(first) }
        #expect(queue.prompts.map(\.id) == ["a", "b", "c"])
        #expect(queue.append(Self.prompt("d")) == nil)
    }

    @Test func `a prompt is taken back once`() {
        var queue = PromptQueue(limit: 3)
        for id in ["a", "b", "c"] { _ = queue.append(Self.prompt(id)) }
        #expect(queue.remove(id: "b")?.id == "b")
        #expect(queue.remove(id: "b") == nil)
        #expect(queue.prompts.map(\.id) == ["a", "c"])
    }

    @Test func `a waiting prompt is edited in its place, and stays what it was otherwise`() {
        var queue = PromptQueue(limit: 3)
        for id in ["a", "b"] { _ = queue.append(Self.prompt(id)) }
        #expect(queue.edit(id: "b", content: ByteBuffer(string: "\"y\"")) == true)
        #expect(queue.prompts.map { String(buffer: $0.content) } == ["\"x\"", "\"y\""])
        #expect(queue.prompts.map(\.uuid) == ["u-a", "u-b"])
        #expect(queue.edit(id: "none", content: ByteBuffer()) == false)
    }

    @Test(
        arguments: [
            ("a", 1, "abc"), ("a", 2, "bac"), ("a", 3, "bca"), ("a", 99, "bca"), ("c", 1, "cab"), ("b", 0, "bac"),
            ("b", -7, "bac"),
        ]
    )
    func `a prompt moves to its place, the last when it is further`(id: String, place: Int, order: String) {
        var queue = PromptQueue(limit: 3)
        for id in ["a", "b", "c"] { _ = queue.append(Self.prompt(id)) }
        #expect(queue.move(id: id, to: place) == true)
        #expect(queue.prompts.map(\.id).joined() == order)
        #expect(queue.move(id: "none", to: 1) == false)
        #expect(queue.count == 3)
    }
}
