import Testing

@testable import App

/// What a reload takes up and what it leaves.
struct ReloadPlanTests {
    private static func values(_ text: String) throws -> SettingValues {
        try SettingValues(options: [:], environment: [:], file: SettingValuesTests.file(text))
    }

    @Test
    func `what may change does, the rest waits for a restart, and each is told with both values`() throws {
        let old = try Self.values("port: 1\nlog-level: info\nagent-env: [A=secret]")
        let new = try Self.values("port: 2\nlog-level: debug\nagent-env: [A=other]\nmemory-floor: 5")
        let plan = ReloadPlan(from: old, to: new)
        #expect(
            plan.applied == [
                .init(name: "memory-floor", before: "512", after: "5"),
                .init(name: "log-level", before: "info", after: "debug"),
            ]
        )
        #expect(
            plan.waiting == [
                .init(name: "port", before: "1", after: "2"), .init(name: "agent-env", before: "set", after: "set"),
            ]
        )
        #expect(plan.values[\.port] == 1)
        #expect(plan.values[\.logLevel] == "debug")
        #expect(ReloadPlan(from: plan.values, to: new).applied == [])
    }

    @Test
    func `a value that is no longer said goes back to its default`() throws {
        let plan = ReloadPlan(from: try Self.values("memory-floor: 5"), to: try Self.values(""))
        #expect(plan.applied == [.init(name: "memory-floor", before: "5", after: "512")])
        #expect(plan.values[\.memoryFloor] == 512)
    }
}
