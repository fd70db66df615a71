import Agent
import Foundation
import NIOCore
import Storage
import Testing

@testable import Transport

/// A response's events, told again from any of their numbers.
struct ResponseStreamTests {
    private static let id = ResponseID(session: "s_1", message: "m_00000000000000000000", sequence: 0)

    /// One event of a stream.
    private struct Told: Equatable {
        let type: String
        let number: Int
        let delta: String?
        let output: Int?
    }

    private static func tell(
        _ events: [Event],
        after last: Int? = nil,
        isOver: Bool = true,
        change: (inout ResponseFacts) -> Void = { _ in }
    ) -> [Told] {
        var facts = ResponseFacts(model: "claude", createdAt: 7)
        change(&facts)
        var stream = ResponseStream(Self.id, facts, after: last)
        var frames = stream.opening() ?? ByteBuffer()
        for (place, event) in events.enumerated() {
            let isLast = isOver && place == events.count - 1
            stream.frames([event], isOver: isLast).map { _ = frames.writeImmutableBuffer($0) }
        }
        return String(buffer: frames).components(separatedBy: "\n\n").filter { !$0.isEmpty }.compactMap { frame in
            let lines = frame.components(separatedBy: "\n")
            guard lines.count == 2, lines[1].hasPrefix("data: "),
                let data = JSONObject(ByteBuffer(string: String(lines[1].dropFirst(6)))),
                let type = data.string("type"), lines[0] == "event: \(type)"
            else { return nil }
            return Told(
                type: type,
                number: data.int("sequence_number") ?? -1,
                delta: data.string("delta"),
                output: data.int("output_index")
            )
        }
    }

    private static let lines =
        TestAgent.message(["Hel", "lö"], number: 1) + TestAgent.message(["world"], number: 2)
        + [TurnLine.result("world")]

    @Test func `the events come in OpenAI's order`() {
        let told = Self.tell(TurnEvents(Self.lines).all)
        let item = [
            "response.output_item.added", "response.content_part.added", "response.output_text.delta",
            "response.output_text.done", "response.content_part.done", "response.output_item.done",
        ]
        var first = item
        first.insert("response.output_text.delta", at: 2)
        #expect(
            told.map(\.type) == ["response.created", "response.in_progress"] + first + item + ["response.completed"]
        )
        #expect(told.map(\.number) == told.map(\.number).sorted() && Set(told.map(\.number)).count == told.count)
        #expect(told.first?.number == 0)
        #expect(told.compactMap(\.output) == Array(repeating: 0, count: 7) + Array(repeating: 1, count: 6))
    }

    @Test func `a stream that is taken up again goes on exactly where it ended`() {
        let events = TurnEvents(Self.lines)
        let all = Self.tell(events.all)
        for last in all {
            let rest = all.filter { $0.number > last.number }
            #expect(Self.tell(events.all, after: last.number) == rest)
            // When only whole messages are left, the text is in other pieces, and the same.
            let again = Self.tell(events.durable, after: last.number)
            #expect(again.compactMap(\.delta).joined() == rest.compactMap(\.delta).joined(), "\(last)")
            #expect(again.filter { $0.delta == nil } == rest.filter { $0.delta == nil }, "\(last)")
            #expect(again.allSatisfy { $0.number > last.number })
        }
    }

    @Test func `after a repeated request nothing of the new text is lost`() {
        let cut = Array(TestAgent.message(["gone ", "gone too"], number: 1).prefix(4)) + [TurnLine.abandoned(1)]
        let events = TurnEvents(cut + TestAgent.message(["real ", "text"], number: 2) + [TurnLine.result("x")])
        let all = Self.tell(events.all)
        #expect(all.map(\.number) == all.map(\.number).sorted() && Set(all.map(\.number)).count == all.count)
        let withdrawal = all.lastIndex { $0.delta?.contains("gone") == true } ?? 0
        for last in all.dropFirst(withdrawal + 4) {
            let rest = all.filter { $0.number > last.number }
            let again = Self.tell(events.durable, after: last.number)
            #expect(again.compactMap(\.delta).joined() == rest.compactMap(\.delta).joined(), "\(last)")
            #expect(again.map(\.type).last == rest.map(\.type).last)
            #expect(again.compactMap(\.output).allSatisfy { $0 == 1 })
        }
    }

    @Test func `a reader of a process that died gets the end, though its text is gone`() {
        let events = TurnEvents(Array(TestAgent.message(["lost", "!"], number: 1).prefix(4)), outcome: "killed")
        let all = Self.tell(events.all)
        #expect(all.last?.type == "response.failed")
        let delta = all.last { $0.delta != nil }
        let again = Self.tell(events.durable, after: delta?.number)
        #expect(again.map(\.type) == ["response.failed"] && (again.first?.number ?? 0) > (delta?.number ?? 0))
    }

    @Test(
        arguments: [
            ("completed", "completed", "", "response.completed"),
            ("completed", "completed", #","stop_reason":"refusal""#, "response.incomplete"),
            ("interrupted", "aborted_streaming", "", "response.cancelled"),
            ("failed", "max_turns", "", "response.incomplete"),
            ("failed", "api_error", #","api_error_status":500"#, "response.failed"),
            ("budget", "budget_exhausted", "", "response.failed"),
        ]
    )
    func `each outcome has its last event`(outcome: String, reason: String, more: String, type: String) {
        let lines = TestAgent.message(["hi"], number: 1) + [TurnLine.result("hi", reason: reason, more: more)]
        #expect(Self.tell(TurnEvents(lines, outcome: outcome).all).last?.type == type)
    }

    @Test func `an answer in a shape comes whole, and nothing beside it`() {
        let result = TurnLine.result("done", more: #","structured_output":{"n":5}"#)
        let events = TurnEvents(TestAgent.message(["I will answer."], number: 1) + [result])
        let told = Self.tell(events.all) { $0.isInSchema = true }
        #expect(told.compactMap(\.delta) == [#"{"n":5}"#])
        #expect(told.last?.type == "response.completed")
        let none = Self.tell(TurnEvents([TurnLine.result("done")]).all) { $0.isInSchema = true }
        #expect(none.last?.type == "response.failed")
    }

    @Test(
        arguments: [
            "resp_00000000000000000000_0_s_1", "resp_abc_1z_x", "resp_a_0_A-b_c",
        ]
    )
    func `an id says what it means`(text: String) {
        #expect(ResponseID(text)?.description == text)
    }

    @Test(
        arguments: [
            "", "resp_", "resp_a", "resp_a_b", "resp__1_s", "resp_a_01_s", "resp_a_1_", "resp_a_1_s/x", "msg_a_1_s",
        ]
    )
    func `anything else is no id`(text: String) {
        #expect(ResponseID(text) == nil)
    }
}
