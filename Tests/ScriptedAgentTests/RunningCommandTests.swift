import Testing

@testable import ScriptedAgent

@Suite struct RunningCommandTests {
    private static func command(heartbeat: Int?) throws -> RunningCommand {
        let shell = try #require(Shell(command: "true"))
        return RunningCommand(shell, timeout: .seconds(120), heartbeat: heartbeat, now: .zero)
    }

    @Test func `it becomes a task after three seconds and gives a sign each thirty`() throws {
        var command = try Self.command(heartbeat: nil)
        #expect(command.deadline == .seconds(3))
        #expect(command.sign(now: .milliseconds(2999)) == nil)
        #expect(command.sign(now: .seconds(3)) == .becameTask)
        #expect(command.sign(now: .seconds(3)) == nil)
        #expect(command.deadline == .seconds(30))
        #expect(command.sign(now: .seconds(61)) == .heartbeat(seconds: 30, index: 0))
        #expect(command.sign(now: .seconds(61)) == .heartbeat(seconds: 60, index: 1))
        #expect(command.sign(now: .seconds(61)) == nil)
        #expect(command.deadline == .seconds(90))
    }

    @Test func `a silent one gives no sign at all`() throws {
        var command = try Self.command(heartbeat: 0)
        #expect(command.deadline == .seconds(120))
        #expect(command.sign(now: .seconds(100)) == nil)
    }
}
