import Agent
import Logging
import NIOCore
import Synchronization
import Testing
import Tracing

@testable import App

@Suite struct LogTracerTests {
    private struct Fields: Extractor, Injector {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }

    private final class Written: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { self.lines.withLock { $0 } }

        func add(_ line: ByteBuffer) {
            self.lines.withLock { $0.append(String(buffer: line)) }
        }
    }

    private let written = Written()

    private var tracer: LogTracer {
        LogTracer(Logger(label: "test") { [written] _ in LineLogHandler(.text) { written.add($0) } })
    }

    @Test func `a span is one line when it ends, with where it belongs and what is known of it`() throws {
        var context = ServiceContext.topLevel
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        self.tracer.extract(["traceparent": parent], into: &context, using: Fields())
        let span = self.tracer.startSpan("request", context: context, ofKind: .server)
        span.operationName = "GET /health"
        span.attributes["http.response.status_code"] = 200
        span.setStatus(SpanStatus(code: .ok))
        #expect(self.written.all.isEmpty)
        span.end()
        span.end()
        let line = try #require(self.written.all.first)
        #expect(self.written.all.count == 1)
        for part in [
            " debug ", "trace.id=4bf92f3577b34da6a3ce929d0e0e4736", "span.parent=00f067aa0ba902b7",
            #"span.name="GET /health""#, "span.kind=server", "http.response.status_code=200", "span.status=ok",
            "duration_ms=",
        ] {
            #expect(line.contains(part), "\(line)")
        }
    }

    @Test func `a span within another names it, and the trace goes on to whoever is called`() throws {
        let outer = self.tracer.startSpan("turn", context: .topLevel)
        let inner = self.tracer.startSpan("tool", context: outer.context)
        #expect(inner.context.trace?.traceID == outer.context.trace?.traceID)
        var carrier: [String: String] = [:]
        self.tracer.inject(inner.context, into: &carrier, using: Fields())
        #expect(carrier["traceparent"] == inner.context.trace?.parent)
        inner.end()
        outer.end()
        let outerID = try #require(outer.context.trace?.spanID)
        #expect(self.written.all.first?.contains("span.parent=\(outerID)") == true)
        #expect(self.written.all.last?.contains("span.parent=") == false)
    }

    @Test func `lines that are logged within a span say so`() {
        let logger = Logger(label: "test") { [written] _ in
            LineLogHandler(.text, provider: LogTracer.metadata) { written.add($0) }
        }
        let span = self.tracer.startSpan("request", context: .topLevel)
        ServiceContext.withValue(span.context) { logger.info("inside") }
        logger.info("outside")
        #expect(self.written.all.first?.contains("trace.id=\(span.context.trace?.traceID ?? "-")") == true)
        #expect(self.written.all.last?.contains("trace.id") == false)
        span.end()
    }
}
