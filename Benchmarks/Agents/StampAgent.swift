import Glibc

/// Stands in for the CLI where its own jitter would hide what is measured: every text says when it was written.
///
/// Takes any flags, answers every control request, and for each prompt `stamp COUNT RATE BYTES` writes a turn of COUNT
/// text deltas, RATE a second (0: one after the other as fast as the pipe takes them), in lines of BYTES bytes. A delta's
/// text is `~stamp:NANOSECONDS:NUMBER `, the time taken just before its `write`; `system/init` says when the prompt was
/// read. Lines the CLI makes large (the answer to `initialize`, `init`, `result`) are as large here (FIGURES.md).
struct StampAgent {
    private static let initializeBytes = 17_300
    private static let initBytes = 2_900
    private static let resultBytes = 2_100

    private let sessionID: String
    private var held: [UInt8] = []

    /// Takes the CLI's flags, of which it heeds `--session-id` and `--resume` only.
    init(arguments: [String]) {
        let flags = ["--session-id=", "--resume="]
        let given = arguments.lazy.compactMap { argument in
            flags.first { argument.hasPrefix($0) }.map { String(argument.dropFirst($0.count)) }
        }
        self.sessionID = given.first ?? "00000000-0000-4000-8000-000000000000"
    }

    /// Runs to the end of stdin, or prints a version when asked for it.
    static func run(arguments: [String]) {
        if arguments.contains("--version") || arguments.contains("-v") {
            print("2.1.329 (Claude Code)")
            return
        }
        var agent = StampAgent(arguments: arguments)
        agent.run()
    }

    private mutating func run() {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(0, $0.baseAddress, $0.count) }
            let now = Monotonic.now
            guard count > 0 else { return }
            self.held += chunk[..<count]
            while let newline = self.held.firstIndex(of: 0x0A) {
                let line = String(decoding: self.held[..<newline], as: UTF8.self)
                self.held.removeSubrange(...newline)
                self.answer(line, readAt: now)
            }
        }
    }

    private func answer(_ line: String, readAt now: UInt64) {
        switch Self.string("type", in: line) {
        case "control_request": self.answerControl(Self.string("request_id", in: line) ?? "")
        case "user": self.turn(line, readAt: now)
        default: break
        }
    }

    private func answerControl(_ request: String) {
        Self.write(
            #"{"type":"control_response","response":{"subtype":"success","request_id":"\#(request)","response":"#
                + #"{"commands":[],"agents":[],"models":[],"account":{},"pid":\#(getpid())"#,
            closing: "}}}",
            size: Self.initializeBytes
        )
    }

    private func turn(_ line: String, readAt now: UInt64) {
        let numbers = Self.numbers(in: line)
        let message = "msg_\(now)"
        Self.write(
            #"{"type":"system","subtype":"init","session_id":"\#(self.sessionID)","model":"stamp","tools":[],"#
                + #""cwd":"/","permissionMode":"default","uuid":"i","read_at":"~read:\#(now) ""#,
            closing: "}",
            size: Self.initBytes
        )
        self.event(
            #"{"type":"message_start","message":{"id":"\#(message)","type":"message","role":"assistant","model":"stamp","#
                + #""content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}"#
        )
        self.event(#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#)
        StampedLine.write(count: numbers.count, rate: numbers.rate, bytes: numbers.bytes)
        self.event(#"{"type":"content_block_stop","index":0}"#)
        Self.write(
            #"{"type":"assistant","message":{"id":"\#(message)","type":"message","role":"assistant","model":"stamp","#
                + #""content":[{"type":"text","text":"stamped"}],"stop_reason":null,"stop_sequence":null,"#
                + #""usage":{"input_tokens":1,"output_tokens":1}},"parent_tool_use_id":null,"#
                + #""session_id":"\#(self.sessionID)","uuid":"a"}"#
        )
        self.event(
            #"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}"#
        )
        self.event(#"{"type":"message_stop"}"#)
        Self.write(
            #"{"type":"result","subtype":"success","is_error":false,"duration_ms":1,"duration_api_ms":1,"num_turns":1,"#
                + #""result":"stamped","session_id":"\#(self.sessionID)","total_cost_usd":0,"uuid":"r","#
                + #""usage":{"input_tokens":1,"output_tokens":1},"#
                + #""user_message_uuid":"\#(Self.string("uuid", in: line) ?? "")""#,
            closing: "}",
            size: Self.resultBytes
        )
    }

    private func event(_ event: String) {
        Self.write(
            #"{"type":"stream_event","event":\#(event),"session_id":"\#(self.sessionID)","parent_tool_use_id":null,"uuid":"e"}"#
        )
    }

    // MARK: Lines

    /// Writes an object whose last member but one is `text`, filled up to `size` bytes.
    private static func write(_ text: String, closing: String, size: Int) {
        let filler = String(repeating: "x", count: max(0, size - text.utf8.count - closing.utf8.count - 11))
        self.write(#"\#(text),"filler":"\#(filler)"\#(closing)"#)
    }

    private static func write(_ line: String) {
        try? Descriptor.write(Array((line + "\n").utf8), to: 1)
    }

    /// The first member of that name, of those that are plain strings.
    private static func string(_ key: String, in line: String) -> String? {
        let marks = ["\"\(key)\":\"", "\"\(key)\": \""]
        guard let start = marks.lazy.compactMap({ line.firstRange(of: $0)?.upperBound }).first else { return nil }
        return String(line[start...].prefix { $0 != "\"" })
    }

    private static func numbers(in line: String) -> (count: Int, rate: Int, bytes: Int) {
        guard let start = line.firstRange(of: "stamp ")?.upperBound else { return (1, 0, 0) }
        let words = line[start...].prefix { $0 != "\"" && $0 != "\\" }.split(separator: " ").map { Int($0) ?? 0 }
        return (words.first ?? 1, words.count > 1 ? words[1] : 0, words.count > 2 ? words[2] : 0)
    }
}

/// A text delta of fixed length into which the time and a number are written without making it anew.
private struct StampedLine {
    private var bytes: [UInt8]
    private let stamp: Int
    private let number: Int

    private init(size: Int) {
        let head =
            #"{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"~stamp:"#
        let tail = #""}},"session_id":"s","parent_tool_use_id":null,"uuid":"d"}"#
        let filler = max(0, size - head.utf8.count - tail.utf8.count - 30)
        let stamp = String(repeating: "0", count: 20) + ":00000000 "
        self.bytes = Array((head + stamp + String(repeating: "x", count: filler) + tail + "\n").utf8)
        self.stamp = head.utf8.count
        self.number = head.utf8.count + 21
    }

    static func write(count: Int, rate: Int, bytes: Int) {
        var line = StampedLine(size: bytes)
        var due = Monotonic.now
        for number in 0..<count {
            if rate > 0 {
                Monotonic.sleep(until: due)
                due += UInt64(1_000_000_000 / rate)
            }
            line.set(number, at: line.number, digits: 8)
            line.set(Int(Monotonic.now), at: line.stamp, digits: 20)
            guard (try? Descriptor.write(line.bytes, to: 1)) != nil else { return }
        }
    }

    private mutating func set(_ value: Int, at place: Int, digits: Int) {
        var value = value
        for index in (place..<(place + digits)).reversed() {
            self.bytes[index] = 0x30 + UInt8(value % 10)
            value /= 10
        }
    }
}
