import Agent
import Testing

@testable import Actors

/// Messages that go into the open turn, and those that stop it.
@Suite struct SessionMachineSteeringTests {
    /// A turn is open, whose prompt is `a`.
    private static func running(_ adjust: (inout SessionMachine.Configuration) -> Void = { _ in }) -> MachinePlay {
        var play = MachinePlay.ready(adjust)
        _ = play.submit("a")
        _ = play.began()
        return play
    }

    @Test func `a steered message goes into the open turn, before those that wait`() {
        var play = Self.running()
        #expect(play.submit("b") == ["at 1"])
        #expect(play.submit("s", .steer) == ["at 0", "steer s"])
        #expect(play.moved("s", .queued) == [])
        #expect(play.moved("s", .started) == [])
        #expect(play.moved("s", .completed) == ["consumed s"])
        #expect(play.result() == ["end a: completed", "deliver b"])
    }

    @Test func `a result that answers a steered message consumes it`() {
        var play = Self.running()
        _ = play.submit("s", .steer)
        #expect(play.result(answers: ["u-a", "u-s"]) == ["consumed s", "end a: completed"])
        #expect(play.state == .idle && play.machine.steered.isEmpty)
        #expect(play.moved("s", .completed) == [])
    }

    @Test func `without an open turn a steered message is a turn of its own`() {
        var play = MachinePlay.ready()
        #expect(play.submit("s", .steer) == ["at 0", "deliver s"])
        #expect(play.result() == ["end s: completed"])
    }

    @Test func `before the turn's own prompt has left, or while it is stopped, a steered message waits`() {
        var play = MachinePlay.ready()
        play.arrives = false
        _ = play.submit("a")
        #expect(play.submit("s", .steer) == ["at 1"])
        play.sent()
        _ = play.interrupt()
        #expect(play.submit("t", .steer) == ["at 1"])
    }

    @Test func `one that came too late becomes a turn of its own, and what waits comes after it`() {
        var play = Self.running()
        _ = play.submit("b")
        _ = play.submit("s", .steer)
        #expect(play.result() == ["end a: completed"])
        #expect(play.began() == ["start s"])
        #expect(play.wait(.seconds(60)) == [])
        #expect(play.result() == ["end s: completed", "deliver b"])
    }

    @Test func `one of which nothing is heard is lost when patience ends`() {
        var play = Self.running { $0.steerPatience = .seconds(10) }
        _ = play.submit("b")
        _ = play.submit("s", .steer)
        _ = play.result()
        #expect(play.wait(.milliseconds(9999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["lost s", "deliver b"])
    }

    @Test(arguments: [CommandLifecycle.State.cancelled, .discarded, .refused])
    func `one that the CLI drops is handed back`(state: CommandLifecycle.State) {
        var play = Self.running()
        _ = play.submit("b")
        _ = play.submit("s", .steer)
        _ = play.result()
        #expect(play.moved("s", state) == ["hand back s", "deliver b"])
        #expect(play.moved("s", .completed) == [])
    }

    @Test func `patience for one that was dropped is not held against the next`() {
        var play = Self.running { $0.steerPatience = .seconds(10) }
        _ = play.submit("b")
        _ = play.submit("s", .steer)
        _ = play.result()
        #expect(play.moved("s", .cancelled) == ["hand back s", "deliver b"])
        _ = play.submit("t", .steer)
        #expect(play.wait(.seconds(10)) == [])
        #expect(play.result(answers: ["u-b", "u-t"]) == ["consumed t", "end b: completed"])
    }

    @Test func `one that the child does not take waits before the others`() {
        var play = Self.running()
        _ = play.submit("b")
        _ = play.submit("s", .steer)
        #expect(play.steeringRefused("s") == [])
        #expect(play.steeringRefused("s") == [])
        #expect(play.machine.waiting.map(\.id) == ["s", "b"])
        #expect(play.result() == ["end a: completed", "deliver s"])
    }

    @Test func `one that the child does not take when the turn is over goes at once`() {
        var play = Self.running()
        _ = play.submit("s", .steer)
        _ = play.result()
        #expect(play.steeringRefused("s") == ["deliver s"])
        #expect(play.wait(.seconds(60)) == [])
        #expect(play.state == .running)
    }

    @Test func `an interrupt names those that the CLI hands back for it`() {
        var play = Self.running()
        _ = play.submit("s", .steer)
        _ = play.submit("b")
        #expect(play.interrupt() == ["hand back b", "ask to stop"])
        #expect(play.moved("s", .cancelled) == ["hand back s"])
        #expect(
            play.result("aborted_streaming") == [
                "end a: interrupted",
                #"receipt: interrupted by control in 0 returned ["b", "s"] surviving []"#,
            ]
        )
    }

    @Test func `those that were out when the process died are lost, and never sent again`() {
        var play = Self.running()
        _ = play.submit("s", .steer)
        #expect(play.exited(signal: 9) == ["end a: killed", "lost s"])
        _ = play.wait(.seconds(1))
        _ = play.started()
        #expect(play.isReady() == [])
    }

    @Test func `one that had become a turn is lost once, with the turn`() {
        var play = Self.running()
        _ = play.submit("s", .steer)
        _ = play.result()
        _ = play.began()
        #expect(play.exited(signal: 9) == ["end s: killed"])
    }

    @Test func `those that are out count against the limit`() {
        var play = Self.running { $0.maximumQueuedPrompts = 2 }
        #expect(play.submit("s", .steer) == ["at 0", "steer s"])
        #expect(play.submit("t", .steer) == ["at 0", "steer t"])
        #expect(play.submit("u", .steer) == ["queue_full"])
    }

    @Test func `a session with messages out neither hibernates nor expires`() {
        var play = Self.running {
            $0.steerPatience = .seconds(10_000)
            $0.hibernateAfter = .seconds(1)
            $0.timeToLive = .seconds(1)
        }
        _ = play.submit("s", .steer)
        _ = play.result()
        #expect(play.machine.hibernatesAt == nil && play.machine.expiresAt == nil)
        #expect(play.hibernate() == ["session_busy"])
        #expect(play.wait(.seconds(100)) == [])
    }

    // MARK: Delivery by interrupt

    @Test func `a message that cannot wait stops the turn and runs before what waits`() {
        var play = Self.running()
        _ = play.submit("b")
        #expect(play.submit("x", .interrupt) == ["at 1", "ask to stop"])
        #expect(play.state == .stopping)
        #expect(
            play.result("aborted_tools") == [
                "end a: interrupted", "receipt: interrupted by control in 0 returned [] surviving []", "deliver x",
            ]
        )
        #expect(play.result() == ["end x: completed", "deliver b"])
    }

    @Test func `it stops a turn once, and says why`() {
        var play = Self.running()
        _ = play.submit("x", .interrupt)
        #expect(play.machine.turn?.stopReason == .superseded)
        #expect(play.submit("y", .interrupt) == ["at 1"])
        #expect(play.machine.waiting.map(\.id) == ["y", "x"])
    }

    @Test func `when nothing runs it is a message like any other, but the first`() {
        var play = MachinePlay.ready()
        #expect(play.submit("x", .interrupt) == ["at 0", "deliver x"])
        var starting = MachinePlay()
        _ = starting.start()
        _ = starting.submit("a")
        #expect(starting.submit("x", .interrupt) == ["at 1"])
        _ = starting.started()
        #expect(starting.isReady() == ["deliver x"])
    }

    @Test func `a prompt that has not left gives way to it`() {
        var play = MachinePlay.ready()
        play.arrives = false
        #expect(play.submit("a") == ["at 0", "deliver a"])
        #expect(play.submit("x", .interrupt) == ["at 0", "deliver x"])
        #expect(play.machine.waiting.map(\.id) == ["a"])
    }

    @Test func `when the agent does not heed it the ladder climbs, and the message goes to the next process`() {
        var play = Self.running()
        _ = play.submit("x", .interrupt)
        #expect(play.wait(.seconds(3)) == ["signal interrupt"])
        #expect(play.wait(.seconds(3)) == ["kill"])
        _ = play.exited(signal: 9)
        _ = play.started()
        #expect(play.isReady() == ["deliver x"])
    }
}
