import Testing

@testable import App

@Suite struct TraceContextTests {
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func `a valid parent is read, and a child stays in its trace`() throws {
        let context = try #require(TraceContext(parent: Self.parent, state: "vendor=1"))
        #expect(context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.spanID == "00f067aa0ba902b7")
        #expect(context.parent == Self.parent)
        let child = context.child
        #expect(child.traceID == context.traceID && child.spanID != context.spanID && child.state == "vendor=1")
        #expect(TraceContext(parent: child.parent)?.traceID == context.traceID)
    }

    @Test(arguments: [
        "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
    ])
    func `one that is not valid is none`(parent: String) {
        #expect(TraceContext(parent: parent) == nil)
    }

    @Test func `a later version may say more, and the unsampled stay so`() {
        let parent = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-what-else"
        #expect(TraceContext(parent: parent)?.parent == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
    }

    @Test func `a trace of its own has valid ids, different each time`() {
        let traces = (0..<100).map { _ in TraceContext() }
        #expect(Set(traces.map(\.traceID)).count == 100)
        #expect(traces.allSatisfy { TraceContext(parent: $0.parent)?.traceID == $0.traceID })
    }
}
