import Agent
import Metrics
import MetricsTestKit
import NIOCore
import Testing

@testable import Actors

@Suite(.timeLimit(.minutes(1))) struct ActorMetricsTests {
    private let backend = TestMetrics()

    private func total(_ name: MetricName, _ dimensions: [(String, String)] = []) throws -> Int64 {
        try self.backend.expectCounter(name.rawValue, dimensions).totalValue
    }

    private func stage(_ habits: ScriptedChild.Habits = ScriptedChild.Habits()) -> Stage {
        withMetricsFactory(self.backend) { Stage(habits) }
    }

    @Test func `a turn that is interrupted is counted by the step that did it`() async throws {
        let stage = self.stage(ScriptedChild.Habits(heedsInterrupts: true))
        try await Stage.play(stage) { stage in
            _ = try await stage.ready()
            _ = try await stage.submit("go on")
            _ = await stage.session.interrupt()
            _ = await stage.session.interrupt()
        }
        #expect(try self.total(.interrupts, [("step", "control"), ("outcome", "interrupted")]) == 1)
        #expect(try self.total(.interrupts, [("step", "none"), ("outcome", "already_idle")]) == 1)
        #expect(try self.total(.turnsEnded, [("outcome", "interrupted")]) == 1)
        #expect(try self.total(.sessionsEnded, [("reason", "deleted")]) == 1)
        #expect(try self.total(.processesExited, [("cause", "clean")]) == 1)
    }

    @Test func `a crash is counted, and the process that takes its place`() async throws {
        let stage = self.stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            _ = try await stage.submit("fall")
            try await child.hear(line: #""content":"fall""#)
            child.exit(AgentExit(signal: 11))
            var reader = LogReader(stage.session.log)
            try await reader.next("turn.ended")
        }
        #expect(try self.total(.turnsEnded, [("outcome", "killed")]) == 1)
        #expect(try self.total(.processesExited, [("cause", "signal")]) == 1)
        #expect(try self.total(.processesRestarted) == 1)
    }

    @Test func `the time to the first words is taken once a turn`() async throws {
        let stage = self.stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            _ = try await stage.submit("hello")
            try await child.hear(line: #""content":"hello""#)
            stage.time.advance(by: .milliseconds(300))
            child.print(CLILine.start(), CLILine.delta("h"), CLILine.delta("i"), CLILine.assistant("hi"))
            child.print(child.completed)
            try await reader.next("turn.ended")
        }
        let timer = try self.backend.expectTimer(MetricName.promptsFirstEvent.rawValue)
        #expect(timer.values == [300_000_000])
        #expect(try self.backend.expectTimer(MetricName.turnsDuration.rawValue).values == [300_000_000])
        #expect(try self.total(.tokens, [("kind", "input")]) == 10)
    }

    @Test func `a session that is refused is counted by why`() async throws {
        let house = withMetricsFactory(self.backend) { House { $0.maximumSessions = 1 } }
        try await House.play(house) { house, _ in
            let session = try await house.create("one")
            await #expect(throws: SessionError.self) { try await house.create("two") }
            await house.supervisor.measure()
            #expect(try self.backend.expectGauge(MetricName.sessionsLimit.rawValue).lastValue == 1)
            try await house.end(session)
        }
        #expect(try self.total(.sessionsCreated) == 1)
        #expect(try self.total(.sessionsRefused, [("reason", "session_limit")]) == 1)
    }
}
