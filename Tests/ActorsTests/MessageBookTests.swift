import NIOCore
import Storage
import Testing

@testable import Actors

/// What has become of each message, in memory and over a restart.
@Suite struct MessageBookTests {
    private static func prompt(_ id: String, _ delivery: Prompt.Delivery = .queue) -> Prompt {
        Prompt(
            id: id,
            uuid: "u-\(id)",
            content: ByteBuffer(string: #"[{"type":"text","text":"\#(id) é \n"}]"#),
            delivery: delivery,
            origin: .client,
            createdAt: "2026-11-21T10:00:00.000Z"
        )
    }

    /// What the store has of a book after each of its changes.
    private struct Kept {
        var items: [String: StoredItem] = [:]

        mutating func take(_ changes: [StoredItem]) {
            for item in changes { self.items[item.id] = item }
        }

        var restored: MessageBook {
            var book = MessageBook()
            book.restore(Array(self.items.values))
            return book
        }
    }

    @Test(arguments: MessageState.allCases.filter(\.isFinal))
    func `what is done stays done`(final: MessageState) {
        var book = MessageBook()
        book.accept(Self.prompt("a"))
        book.set("a", final, turn: "t1")
        for state in MessageState.allCases { book.set("a", state, turn: "t2") }
        book.noteQueue([Self.prompt("a")])
        #expect(book["a"]?.state == final && book["a"]?.turn == "t1")
        #expect(book.open.isEmpty)
    }

    @Test func `one that nobody accepted is not known`() {
        var book = MessageBook()
        book.set("a", .delivered)
        book.noteQueue([Self.prompt("b")])
        #expect(book["a"] == nil && book["b"] == nil)
        #expect(book.takeChanges().isEmpty)
    }

    @Test func `only what has changed is told, once`() {
        var book = MessageBook()
        book.accept(Self.prompt("a"))
        book.accept(Self.prompt("b"))
        book.noteQueue([Self.prompt("a"), Self.prompt("b")])
        #expect(book.takeChanges().map(\.id) == ["a", "b"])
        book.noteQueue([Self.prompt("a"), Self.prompt("b")])
        #expect(book.takeChanges().isEmpty)
        book.set("a", .delivered, turn: "t1")
        book.set("a", .delivered)
        #expect(book.takeChanges().map(\.id) == ["a"])
    }

    @Test func `what it said leaves with its end, what became of it stays`() throws {
        var book = MessageBook()
        book.accept(Self.prompt("a"), key: "k", fingerprint: "f")
        #expect(book.takeChanges().map(\.isOpen) == [true])
        book.set("a", .consumed, turn: "t1")
        let kept = try #require(book.takeChanges().first)
        #expect(!kept.isOpen && !String(buffer: kept.body).contains("content"))
        #expect(book.message(key: "k")?.state == .consumed)
    }

    @Test func `a message comes back from the store as it was`() {
        var book = MessageBook()
        book.accept(Self.prompt("a", .steer), key: "k \"1\"", fingerprint: "f")
        book.set("a", .delivered, turn: "t1")
        var kept = Kept()
        kept.take(book.takeChanges())
        #expect(kept.restored["a"] == book["a"])
        #expect(kept.restored.message(key: "k \"1\"")?.fingerprint == "f")
        #expect(kept.restored.message(key: "other") == nil)
    }

    @Test func `the order of the queue comes back, whatever moved`() {
        var book = MessageBook()
        var kept = Kept()
        var queue = PromptQueue(limit: 10)
        func keep() {
            book.noteQueue(queue.prompts)
            kept.take(book.takeChanges())
            #expect(kept.restored.open.map(\.prompt.id) == queue.prompts.map(\.id))
        }
        for id in ["a", "b", "c", "d"] {
            book.accept(Self.prompt(id))
            _ = queue.append(Self.prompt(id))
            keep()
        }
        _ = queue.move(id: "d", to: 1)
        keep()
        _ = queue.move(id: "d", to: 3)
        keep()
        book.accept(Self.prompt("x", .interrupt))
        queue.prepend(Self.prompt("x", .interrupt))
        keep()
        book.accept(Self.prompt("e"))
        _ = queue.append(Self.prompt("e"))
        keep()
        _ = queue.move(id: "x", to: 99)
        keep()
        book.accept(Self.prompt("f"))
        _ = queue.append(Self.prompt("f"))
        keep()
    }

    @Test func `what was edited comes back edited`() {
        var book = MessageBook()
        var kept = Kept()
        var edited = Self.prompt("a")
        book.accept(edited)
        kept.take(book.takeChanges())
        edited.content = ByteBuffer(string: "\"new\"")
        book.noteQueue([edited])
        kept.take(book.takeChanges())
        #expect(kept.restored["a"]?.prompt == edited)
    }

    @Test func `new messages come after those of an earlier server`() {
        var book = MessageBook()
        var kept = Kept()
        for id in ["a", "b"] { book.accept(Self.prompt(id)) }
        book.noteQueue([Self.prompt("b"), Self.prompt("a")])
        kept.take(book.takeChanges())
        var next = kept.restored
        #expect(next.takeChanges().isEmpty)
        next.accept(Self.prompt("c"))
        #expect(next.open.map(\.prompt.id) == ["b", "a", "c"])
    }

    @Test func `the oldest that is done leaves, with its key, and those that are not done never`() {
        var book = MessageBook()
        book.accept(Self.prompt("open"), key: "open", fingerprint: "")
        for number in 0..<300 {
            book.accept(Self.prompt("m\(number)"), key: "k\(number)", fingerprint: "")
            book.set("m\(number)", .consumed)
        }
        #expect(book["m43"] == nil && book.message(key: "k43") == nil)
        #expect(book["m44"] != nil && book.message(key: "k44") != nil)
        #expect(book["open"] != nil && book.message(key: "open") != nil)
    }

    @Test(arguments: ["", "[]", "{}", #"{"uuid":"u"}"#, #"{"uuid":"u","state":"of a later version"}"#])
    func `what cannot be read is passed over`(body: String) {
        var book = MessageBook()
        book.restore([StoredItem(id: "a", isOpen: true, body: ByteBuffer(string: body))])
        #expect(book["a"] == nil)
    }
}
