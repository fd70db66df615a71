import Testing

@testable import ScriptedAgent

@Suite struct JSONParserTests {
    @Test(arguments: [
        "{\"b\":1,\"a\":[true,false,null,-1.50e+3,\"x\"]}", "\"Grüße \u{2028} 👩‍👩‍👧‍👦\"", "[]", "{}", "0.0049440000000000005",
        "\"tab\\t quote\\\" back\\\\ nul\\u0000\"",
    ])
    func `what is read is written again byte for byte`(text: String) throws {
        let value = try #require(JSONParser.parse(text))
        #expect(String(decoding: value.bytes, as: UTF8.self) == text)
    }

    @Test func `escapes become characters, half a surrogate pair a replacement`() {
        #expect(JSONParser.parse(#""\u00e9\ud83e\uddea\/""#) == "é🧪/")
        #expect(JSONParser.parse(#""\ud83e!""#) == "\u{FFFD}!")
    }

    @Test(arguments: ["", "{", "{this", "[1,]", "{\"a\":}", "\"open", "1 2", "tru", "\"\u{1}\""])
    func `what is no JSON is refused`(text: String) {
        #expect(JSONParser.parse(text) == nil)
    }

    @Test func `bottomless nesting is refused`() {
        #expect(JSONParser.parse(String(repeating: "[", count: 100_000)) == nil)
    }
}
