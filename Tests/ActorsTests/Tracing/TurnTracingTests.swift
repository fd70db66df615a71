import Agent
import InMemoryTracing
import NIOCore
import Testing
import Tracing

@testable import Actors

@Suite(.timeLimit(.minutes(1))) struct TurnTracingTests {
    private static func toolUse(_ id: String, _ name: String) -> String {
        #"{"type":"assistant","message":{"id":"msg_1","content":[{"type":"tool_use","id":"\#(id)","name":"\#(name)","#
            + #""input":{"secret":"hush"}}]},"parent_tool_use_id":null}"#
    }

    private static func toolResult(_ id: String) -> String {
        #"{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"\#(id)"}]},"#
            + #""parent_tool_use_id":null}"#
    }

    @Test func `a turn is a span below the request that sent its prompt, and its tools are below the turn`()
        async throws
    {
        let tracer = InMemoryTracer()
        let stage = withTracer(tracer) { Stage() }
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            let request = tracer.startSpan("request", context: .topLevel)
            _ = try await ServiceContext.withValue(request.context) { try await stage.submit("hello") }
            request.end()
            try await child.hear(line: #""content":"hello""#)
            child.print(CLILine.start(), Self.toolUse("t1", "Bash"), Self.toolUse("t2", "Read"), Self.toolResult("t1"))
            child.print(child.completed)
            try await reader.next("turn.ended")
        }
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["request", "tool", "tool", "turn"])
        let (request, turn) = (try #require(spans.first), try #require(spans.last))
        #expect(turn.traceID == request.traceID && turn.parentSpanID == request.spanID)
        #expect(turn.attributes.get("turn.outcome") == .string("completed"))
        #expect(turn.attributes.get("session.id") == .string("s_test"))
        for tool in spans[1...2] { #expect(tool.parentSpanID == turn.spanID && tool.traceID == turn.traceID) }
        let bash = try #require(spans.first { $0.attributes.get("tool.name") == .string("Bash") })
        #expect(bash.attributes.get("tool.id") == .string("t1") && bash.status == nil)
        let read = try #require(spans.first { $0.attributes.get("tool.name") == .string("Read") })
        #expect(read.status?.code == .error)
        for span in spans { #expect(!"\(span.attributes)".contains("hush") && !"\(span.attributes)".contains("hello")) }
        #expect(tracer.activeSpans.isEmpty)
    }

    @Test func `a prompt without a request begins a trace of its own`() async throws {
        let tracer = InMemoryTracer()
        let stage = withTracer(tracer) { Stage(ScriptedChild.Habits(answersPrompts: true)) }
        try await Stage.play(stage) { stage in
            _ = try await stage.ready()
            var reader = LogReader(stage.session.log)
            for _ in 0..<2 {
                _ = try await stage.submit("hello")
                try await reader.next("turn.ended")
            }
        }
        #expect(tracer.finishedSpans.map(\.parentSpanID) == [nil, nil])
        #expect(Set(tracer.finishedSpans.map(\.traceID)).count == 2)
    }

    @Test func `where nobody traces there is nothing to follow`() {
        #expect(ActiveTracer.current == nil)
        #expect(TurnTracing(ActiveTracer.current, session: "s1") == nil)
        withTracer(InMemoryTracer()) { #expect(ActiveTracer.current != nil) }
    }
}
