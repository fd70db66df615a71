import NIOCore
import Storage
import Testing

@testable import Transport

struct WireFormTests {
    private static func event(_ text: String, _ kind: Event.Kind = .durable, position: UInt64 = 7) -> Event {
        Event(
            position: position,
            id: EventID(epoch: 1, sequence: 42),
            kind: kind,
            type: "agent.assistant",
            turn: nil,
            envelope: ByteBuffer(string: text),
            offset: 0
        )
    }

    private static func sse(named: Bool = false, chunked: Bool = false, filter: EventFilter = .everything) -> WireForm {
        WireForm(framing: .serverSentEvents(isNamed: named, isChunked: chunked), filter: filter)
    }

    @Test func `an event of SSE is its id and its data`() {
        let frame = Self.sse().frame([Self.event("{}")])
        #expect(frame.map { String(buffer: $0) } == "id: 1.42\ndata: {}\n\n")
    }

    @Test func `a preview has no id, a named one its type`() {
        let frame = Self.sse(named: true).frame([Self.event("{}", .preview), Self.event("{}")])
        let expected = "event: agent.assistant\ndata: {}\n\nid: 1.42\nevent: agent.assistant\ndata: {}\n\n"
        #expect(frame.map { String(buffer: $0) } == expected)
    }

    @Test(arguments: [1, 125, 4096, 65_536, 300_000])
    func `a chunk says its size in eight digits`(size: Int) throws {
        let text = String(repeating: "x", count: size)
        let frame = try #require(Self.sse(chunked: true).frame([Self.event(text)]))
        let content = "id: 1.42\ndata: \(text)\n\n"
        let digits = String(content.utf8.count, radix: 16)
        let expected = String(repeating: "0", count: 8 - digits.count) + digits + "\r\n\(content)\r\n"
        #expect(String(buffer: frame) == expected)
    }

    @Test func `the preamble is the wait before a return`() {
        #expect(Self.sse().preamble(retry: .milliseconds(1500)).map { String(buffer: $0) } == "retry: 1500\n\n")
        let chunked = Self.sse(chunked: true).preamble(retry: .seconds(1)).map { String(buffer: $0) }
        #expect(chunked == "0000000d\r\nretry: 1000\n\n\r\n")
        #expect(WireForm(framing: .webSocket, filter: .everything).preamble(retry: .seconds(1)) == nil)
    }

    @Test(arguments: [
        (0, [0x81, 0]), (125, [0x81, 125]), (126, [0x81, 126, 0, 126]), (65_535, [0x81, 126, 0xFF, 0xFF]),
        (65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ])
    func `a WebSocket frame has the shortest length that fits`(size: Int, header: [UInt8]) throws {
        let text = String(repeating: "x", count: size)
        let form = WireForm(framing: .webSocket, filter: .everything)
        let frame = try #require(form.frame([Self.event(text)]))
        #expect(Array(frame.readableBytesView.prefix(header.count)) == header)
        #expect(String(buffer: frame.getSlice(at: header.count, length: size) ?? ByteBuffer()) == text)
        #expect(frame.readableBytes == header.count + size)
    }

    @Test func `several events share a buffer, and nothing is nothing`() {
        let form = WireForm(framing: .webSocket, filter: .everything)
        let frame = form.frame([Self.event("a"), Self.event("bc")])
        #expect(frame.map { Array($0.readableBytesView) } == [0x81, 1, 0x61, 0x81, 2, 0x62, 0x63])
        #expect(form.frame([] as [Event]) == nil)
    }

    @Test func `what was superseded or filtered is left out`() {
        let old = Self.event("old", .preview, position: 5)
        let new = Self.event("new", .preview, position: 6)
        #expect(Self.sse().frame([old, new], supersededThrough: 5).map { String(buffer: $0) } == "data: new\n\n")
        let durable = EventFilter(types: [], includesPreviews: false)
        #expect(Self.sse(filter: durable).frame([old, new]) == nil)
        #expect(Self.sse(filter: EventFilter(types: ["turn."])).frame([Self.event("{}")]) == nil)
        #expect(Self.sse(filter: EventFilter(types: ["turn.", "agent."])).frame([Self.event("{}")]) != nil)
    }

    @Test func `a close frame is cut to what a control frame may hold`() {
        let frame = WebSocketWriter.close(4008, reason: String(repeating: "x", count: 200))
        #expect(frame.readableBytes == 127)
        #expect(Array(frame.readableBytesView.prefix(4)) == [0x88, 125, 0x0F, 0xA8])
    }
}
