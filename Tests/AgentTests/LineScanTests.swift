import Foundation
import NIOCore
import Testing

@testable import Agent

@Suite struct LineScanTests {
    @Test func `every recorded line is scanned as a decoder would`() throws {
        var count = 0
        for name in try Transcript.names {
            for bytes in try Transcript(name).output {
                let line = try #require(AgentLine(bytes))
                let object = try #require(
                    JSONSerialization.jsonObject(with: Data(bytes.readableBytesView)) as? [String: Any]
                )
                #expect(line.bytes == bytes)
                #expect(line.type == object["type"] as? String ?? "unknown")
                #expect(line.subtype == object["subtype"] as? String)
                #expect(line.sessionID == object["session_id"] as? String)
                #expect(line.uuid == object["uuid"] as? String)
                #expect(line.requestID == object["request_id"] as? String)
                #expect(line.isFromSubagent == (object["parent_tool_use_id"] is String))
                let suffix = line.type == "system" ? "." + (line.subtype ?? "") : ""
                #expect(line.eventType == "agent." + line.type + suffix)
                count += 1
            }
        }
        #expect(count > 2000)
    }

    @Test(arguments: [
        "", "nul", "null", "[1,2]", "\"text\"", "42", "{", "}", "{]", "{}x", "{}{}", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}",
        "{,}", "{a:1}", "{'a':1}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":+1}", "{\"a\":1e}", "{\"a\":-}",
        "{\"a\":0x1}", "{\"a\":NaN}", "{\"a\":tru}", "{\"a\":truee}", "{\"a\":True}", "{\"a\":[1,]}", "{\"a\":[,1]}",
        "{\"a\":[1 2]}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"x}", "{\"a\":\"\\\"}",
        "{\"a\":\"tab\there\"}", "{\"a\":\"\u{0}\"}", "{\"a\":\"cr\rhere\"}", "{\"a\" 1}", "{\"a\":1 \"b\":2}",
        "{\"a\":1}\u{A0}", "\u{FEFF}{}", "{/**/}", "[SandboxDebug] hello",
    ])
    func `what is not one JSON object is refused`(text: String) {
        #expect(LineScan(ByteBuffer(string: text)) == nil)
    }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0x80], [0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
            [0xC3, 0x28], [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x28, 0x80],
        ] as [[UInt8]]
    )
    func `bytes that are not UTF-8 are refused`(bytes: [UInt8]) {
        #expect(LineScan(ByteBuffer(bytes: Array("{\"a\":\"1234567".utf8) + bytes + Array("\"}".utf8))) == nil)
        #expect(LineScan(ByteBuffer(bytes: Array("{\"a\":\"1234567".utf8) + bytes)) == nil)
    }

    @Test(arguments: [
        "{}", " { } ", "{\"a\":0}", "{\"a\":-0.5e+10}", "{\"a\":1E5,\"b\":[],\"c\":{},\"d\":[[],{}]}",
        "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"}", "{\"a\":\"é€😀\u{2028}\u{7F}\u{10FFFF}\"}",
        "{\"a\":true,\"b\":false,\"c\":null}", "{\t\"a\"\r\n:\t[ 1 , 2 ] }", "{\"\":\"\"}",
    ])
    func `what RFC 8259 allows is accepted`(text: String) {
        #expect(LineScan(ByteBuffer(string: text)) != nil)
    }

    @Test func `every truncation of a line is refused`() {
        let text = Array(
            #"{"type":"user","n":-1.5e3,"x":[true,null,{"k":"v\u0041 é😀"}],"session_id":"s","z":"long enough text"}"#
                .utf8
        )
        #expect(LineScan(ByteBuffer(bytes: text)) != nil)
        for length in 0..<text.count { #expect(LineScan(ByteBuffer(bytes: text[..<length])) == nil) }
    }

    @Test func `nesting is bounded`() {
        func nested(_ depth: Int) -> ByteBuffer {
            let array = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            return ByteBuffer(string: "{\"a\":\(array)}")
        }
        #expect(LineScan(nested(511)) != nil)
        #expect(LineScan(nested(512)) == nil)
        #expect(LineScan(nested(1_000_000)) == nil)
    }

    @Test func `members are found in any order, escaped or twice, and only at the top`() throws {
        let text =
            #"{"event":{"type":"x","subtype":"y"},"parent_tool_use_id":"toolu_1","subtype":"a","session_id":"s\u0031","#
            + #""subtype":"init","t\u0079pe":"system"}"#
        let line = try #require(AgentLine(ByteBuffer(string: text)))
        #expect(line.type == "system")
        #expect(line.subtype == "init")
        #expect(line.eventType == "agent.system.init")
        #expect(line.sessionID == "s1")
        #expect(line.uuid == nil)
        #expect(line.isFromSubagent)
    }

    @Test func `members of another type do not count`() throws {
        let line = try #require(
            AgentLine(json(#"{"type":1,"subtype":null,"session_id":{},"parent_tool_use_id":null}"#))
        )
        #expect(line.type == "unknown")
        #expect(line.subtype == nil)
        #expect(line.sessionID == nil)
        #expect(line.isFromSubagent == false)
        #expect(line.eventType == "agent.unknown")
    }
}

@Suite struct AgentLineTests {
    @Test(arguments: [
        ("{\"type\":\"control_request\",\"request_id\":\"r\"}", AgentLine.Kind.controlRequest),
        ("{\"type\":\"control_response\"}", .controlResponse),
        ("{\"type\":\"control_cancel_request\"}", .controlCancelRequest),
        ("{\"type\":\"keep_alive\"}", .keepAlive),
        ("{\"type\":\"result\"}", .message),
        ("{\"type\":\"never_heard_of\"}", .message),
        ("oops", .invalid),
    ])
    func `the kind follows from the type`(text: String, kind: AgentLine.Kind) throws {
        #expect(try #require(AgentLine(ByteBuffer(string: text))).kind == kind)
    }

    @Test(arguments: [
        ("stream_event", nil), ("tool_progress", nil), ("keep_alive", nil), ("system", "thinking_tokens"),
        ("system", "task_progress"), ("system", "hook_progress"),
    ])
    func `what a whole message supersedes is a preview`(type: String, subtype: String?) throws {
        let subtype = subtype.map { ",\"subtype\":\"\($0)\"" } ?? ""
        #expect(try #require(AgentLine(ByteBuffer(string: "{\"type\":\"\(type)\"\(subtype)}"))).isPreview)
    }

    @Test(arguments: ["assistant", "user", "result", "system", "task_progress"])
    func `what is kept is no preview`(type: String) throws {
        #expect(try #require(AgentLine(ByteBuffer(string: "{\"type\":\"\(type)\"}"))).isPreview == false)
    }

    @Test(arguments: ["", " ", "\r", " \t\r"])
    func `blank lines are none`(text: String) {
        #expect(AgentLine(ByteBuffer(string: text)) == nil)
    }

    @Test func `a carriage return never reaches the wire`() throws {
        let line = try #require(AgentLine(json("{\r\"type\":\r\"user\"}\r")))
        #expect(String(buffer: line.bytes) == "{ \"type\": \"user\"}")
    }

    @Test func `an invalid line becomes a bounded JSON string`() throws {
        var bytes = ByteBuffer(string: "[debug] \"quoted\"\t\u{1}")
        bytes.writeBytes([0xFF, 0x0D])
        bytes.writeString(String(repeating: "x", count: 10_000))
        let line = try #require(AgentLine(bytes))
        #expect(line.kind == .invalid)
        #expect(line.bytes.readableBytes < 4200)
        #expect(try #require(JSONText.string(line.bytes)).hasPrefix("[debug] \"quoted\"\t\u{1}\u{FFFD}\rxxx"))
    }

    @Test func `a name that could break a wire form is made plain`() throws {
        let line = try #require(AgentLine(json(#"{"type":"a\nevent: b"}"#)))
        #expect(line.type == "a\nevent: b")
        #expect(line.eventType == "agent.a_event__b")
    }
}
