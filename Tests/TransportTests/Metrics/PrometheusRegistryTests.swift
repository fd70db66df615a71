import Actors
import Metrics
import NIOCore
import Testing

@testable import Transport

@Suite struct PrometheusRegistryTests {
    private func lines(_ registry: PrometheusRegistry) -> [String] {
        String(buffer: registry.text()).split(separator: "\n").map(String.init)
    }

    @Test func `a counter is a total with help and type before it`() {
        let registry = PrometheusRegistry()
        let counter = MetricName.sessionsCreated.counter(registry)
        counter.increment()
        counter.increment(by: 2)
        #expect(
            self.lines(registry) == [
                "# HELP troupe_sessions_created_total \(MetricName.sessionsCreated.help)",
                "# TYPE troupe_sessions_created_total counter",
                "troupe_sessions_created_total 3",
            ]
        )
    }

    @Test func `values of labels are escaped, and names made valid`() {
        let registry = PrometheusRegistry()
        Counter(label: "odd-name.é", dimensions: [("le", "a"), ("2nd", "b\"\\\n"), ("__x", "c")], factory: registry)
            .increment()
        #expect(
            self.lines(registry).last
                == #"troupe_odd_name____total{label_2nd="b\"\\\n",label___x="c",label_le="a"} 1"#
        )
    }

    @Test func `a label that comes twice is written once`() {
        let registry = PrometheusRegistry()
        Counter(label: "twice", dimensions: [("a.b", "1"), ("a_b", "2")], factory: registry).increment()
        #expect(self.lines(registry).last == #"troupe_twice_total{a_b="1"} 1"#)
    }

    @Test func `a timer is a histogram of seconds whose buckets add up`() {
        let registry = PrometheusRegistry()
        let timer = MetricName.turnsDuration.timer(registry)
        timer.record(.milliseconds(100))
        timer.record(.seconds(3))
        timer.record(.seconds(7200))
        let lines = self.lines(registry)
        #expect(lines.contains("# TYPE troupe_turns_duration_seconds histogram"))
        #expect(lines.contains(#"troupe_turns_duration_seconds_bucket{le="0.1"} 1"#))
        #expect(lines.contains(#"troupe_turns_duration_seconds_bucket{le="5"} 2"#))
        #expect(lines.contains(#"troupe_turns_duration_seconds_bucket{le="3600"} 2"#))
        #expect(lines.contains(#"troupe_turns_duration_seconds_bucket{le="+Inf"} 3"#))
        #expect(lines.contains("troupe_turns_duration_seconds_sum 7203.1"))
        #expect(lines.contains("troupe_turns_duration_seconds_count 3"))
    }

    @Test func `what belongs to the process has the names everyone gives it`() {
        let registry = PrometheusRegistry()
        let process = ProcessMetrics(registry)
        process.measure()
        process.measure()
        let names = Set(self.lines(registry).filter { !$0.hasPrefix("#") }.map { $0.prefix { $0 != " " } })
        #expect(
            names == [
                "process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes",
                "process_open_fds", "process_max_fds", "process_start_time_seconds",
            ]
        )
    }

    @Test func `a family that is full counts the rest in one series more`() {
        let registry = PrometheusRegistry(maximumSeries: 10)
        for number in 0..<1000 {
            Counter(label: "many", dimensions: [("kind", "k\(number)")], factory: registry).increment()
        }
        let lines = self.lines(registry).filter { !$0.hasPrefix("#") }
        #expect(lines.count == 11)
        #expect(lines.contains(#"troupe_many_total{kind="other"} 990"#))
    }

    @Test func `the same label and dimensions are the same series, in whatever order they are named`() {
        let registry = PrometheusRegistry()
        Counter(label: "one", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "one", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        #expect(self.lines(registry).last == #"troupe_one_total{a="1",b="2"} 2"#)
    }

    @Test func `a name that is there as another kind counts for nobody and traps nothing`() {
        let registry = PrometheusRegistry()
        Gauge(label: "thing", factory: registry).record(1)
        Recorder(label: "thing", factory: registry).record(2)
        #expect(self.lines(registry).last == "troupe_thing 1")
    }

    @Test func `what is destroyed is gone`() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "short", factory: registry)
        counter.increment()
        counter.destroy()
        #expect(self.lines(registry).isEmpty)
    }

    @Test(arguments: [(0.1, "0.1"), (3, "3"), (-2.5, "-2.5"), (1e-7, "1e-07"), (.infinity, "+Inf"), (.nan, "NaN")])
    func `a number is written as Go reads it`(value: Double, text: String) {
        #expect(PrometheusText.number(value) == text)
    }
}
