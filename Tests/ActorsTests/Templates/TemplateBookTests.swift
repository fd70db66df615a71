import NIOCore
import Testing

@testable import Actors

@Suite struct TemplateBookTests {
    private static func template(_ name: String, _ model: String = "opus", isBuiltIn: Bool = false) -> Template {
        Template(
            name: name,
            description: "",
            options: ByteBuffer(string: #"{"model":"\#(model)"}"#),
            isBuiltIn: isBuiltIn
        )
    }

    private static func reading(_ templates: [Template], broken: [String] = []) -> TemplateReading {
        var reading = TemplateReading()
        reading.templates = templates
        reading.faults = broken.map { TemplateReading.Fault(name: $0, file: "\($0).yaml", message: "broken") }
        return reading
    }

    @Test func `a reading says what it changes`() {
        var book = TemplateBook()
        #expect(book.take(Self.reading([Self.template("a"), Self.template("b")])).added == ["a", "b"])
        let change = book.take(Self.reading([Self.template("b", "haiku"), Self.template("c")]))
        #expect(change.added == ["c"] && change.changed == ["b"] && change.removed == ["a"] && change.faults.isEmpty)
        #expect(book.take(Self.reading([Self.template("b", "haiku"), Self.template("c")])).isEmpty)
    }

    @Test func `a broken file leaves the old one in force, and is named`() {
        var book = TemplateBook()
        _ = book.take(Self.reading([Self.template("a"), Self.template("b")]))
        let change = book.take(Self.reading([Self.template("b")], broken: ["a"]))
        #expect(change.removed.isEmpty && change.changed.isEmpty && change.faults.map(\.file) == ["a.yaml"])
        #expect(book.templates["a"] == Self.template("a"))
        #expect(book.take(Self.reading([Self.template("b")])).removed == ["a"])
    }

    @Test func `a file that was broken from the start makes nothing, or leaves the built-in one`() {
        var book = TemplateBook()
        var reading = Self.reading([], broken: ["a", "debug"])
        reading.fallbacks = ["debug": Self.template("debug", isBuiltIn: true)]
        #expect(book.take(reading).added == ["debug"])
        #expect(book.templates.keys.sorted() == ["debug"])
    }

    @Test(arguments: [
        ("a", true), ("code-reviewer", true), ("a_1", true), ("", false), ("A", false), ("a.b", false), ("a/b", false),
        ("ä", false),
    ])
    func `a name is of small letters, digits, - and _`(name: String, isName: Bool) {
        #expect(Template.isName(name) == isName)
    }
}
