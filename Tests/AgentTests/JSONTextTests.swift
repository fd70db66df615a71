import Foundation
import NIOCore
import Testing

@testable import Agent

@Suite struct JSONTextTests {
    @Test(arguments: [
        "", "plain", "\"\\/", "\u{0}\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1F}\u{7F}", "é€😀\u{2028}\u{85}", "a\"b\\c\nd",
    ])
    func `a string comes back as it was`(text: String) throws {
        var buffer = ByteBuffer()
        JSONText.append(text, to: &buffer)
        #expect(JSONText.string(buffer) == text)
        let decoded = try JSONDecoder().decode([String].self, from: Data("[\(String(buffer: buffer))]".utf8))
        #expect(decoded == [text])
        #expect(buffer.readableBytesView.allSatisfy { $0 >= 0x20 })
    }

    @Test(arguments: [
        (#""\ud83d\ude00""#, "😀"), (#""\ud83d""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"),
        (#""\ude00""#, "\u{FFFD}"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\u00E9\u00e9""#, "éé"),
    ])
    func `escapes are read, halves of pairs replaced`(json: String, text: String) {
        #expect(JSONText.string(ByteBuffer(string: json)) == text)
    }

    @Test(arguments: [
        (#""\ud83d\ude00""#, true), (#""\uD83D\uDE00\uD83D\uDE00""#, true), (#""\\ud83d""#, true),
        (#""\\\ud83d""#, false),
        (#""\ud83d""#, false), (#""\ud83dx""#, false), (#""\ude00""#, false), (#""\ud83d\u0041""#, false),
        (#""\ud83d\ud83d\ude00""#, false), (#""😀\u00e9""#, true), (#""""#, true),
    ])
    func `a surrogate without its partner is found`(json: String, isWhole: Bool) {
        #expect(JSONText.hasWholeSurrogatePairs(ByteBuffer(string: json)) == isWhole)
    }

    @Test func `white space around a value and newlines in it can go`() {
        #expect(JSONText.trimmed(json(" \t\r\n [1 ] \n")) == json("[1 ]"))
        #expect(JSONText.trimmed(json(" \n")) == json(""))
        #expect(JSONText.singleLine(json("[1,\r\n2]")) == json("[1,  2]"))
    }

    @Test func `members are read by type`() throws {
        let object = try #require(
            JSONObject(json(#"{"s":"t","b":true,"i":-7,"d":2.5,"n":null,"o":{"k":1},"a":["x",2,"y"],"e":1e3}"#))
        )
        #expect(object.string("s") == "t")
        #expect(object.string("i") == nil)
        #expect(object.bool("b") == true)
        #expect(object.int("i") == -7)
        #expect(object.int("e") == 1000)
        #expect(object.double("d") == 2.5)
        #expect(object.nonNull("n") == nil)
        #expect(object.raw("n") == json("null"))
        #expect(object.object("o")?.int("k") == 1)
        #expect(object.strings("a") == ["x", "y"])
        #expect(object.array("a")?.count == 3)
        #expect(object.raw("missing") == nil)
        #expect(object.members.map(\.key) == ["s", "b", "i", "d", "n", "o", "a", "e"])
    }
}
