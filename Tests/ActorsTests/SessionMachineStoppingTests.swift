import Agent
import Testing

@testable import Actors

/// Interrupts, ends and deaths.
@Suite struct SessionMachineStoppingTests {
    private static func receipt(_ outcome: String, _ step: String, ms: Int = 0, returned: [String] = []) -> String {
        "receipt: \(outcome) by \(step) in \(ms) returned \(returned) surviving []"
    }

    // MARK: Interrupts

    @Test func `an interrupt asks, hands back what waits, and is answered with the result`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.submit("b")
        _ = play.submit("c")
        #expect(play.interrupt() == ["hand back b c", "ask to stop"])
        #expect(play.state == .stopping)
        _ = play.wait(.milliseconds(7))
        #expect(
            play.result("aborted_streaming", isError: true)
                == ["end a: interrupted", Self.receipt("interrupted", "control", ms: 7, returned: ["b", "c"])]
        )
        #expect(play.state == .idle)
        #expect(play.wait(.seconds(60)) == [])
    }

    @Test func `nothing runs, nothing is stopped`() {
        var play = MachinePlay.ready()
        #expect(play.interrupt() == [Self.receipt("alreadyIdle", "nothing")])
        #expect(play.state == .idle)
    }

    @Test func `before the process is ready an interrupt only hands back`() {
        var play = MachinePlay()
        _ = play.start()
        _ = play.submit("a")
        #expect(play.interrupt() == ["hand back a", Self.receipt("alreadyIdle", "nothing", returned: ["a"])])
        _ = play.started()
        #expect(play.isReady() == [])
    }

    @Test func `a second interrupt joins the first`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.interrupt()
        #expect(play.submit("b") == ["at 1"])
        #expect(play.interrupt() == ["hand back b"])
        #expect(
            play.result("aborted_tools", isError: true)
                == ["end a: interrupted", Self.receipt("interrupted", "control", returned: ["b"])]
        )
    }

    @Test func `a result that was on its way counts, and the next prompt goes on`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.interrupt()
        _ = play.submit("b")
        #expect(play.result() == ["end a: completed", Self.receipt("alreadyIdle", "control"), "deliver b"])
        #expect(play.state == .running)
    }

    @Test func `an interrupt that met a turn of the CLI's own is said again for ours`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.interrupt()
        #expect(
            play.result("aborted_streaming", isError: true, origin: .task, answers: [])
                == ["start task", "end task: interrupted", "ask to stop"]
        )
        #expect(play.state == .stopping)
        #expect(
            play.result("aborted_streaming", isError: true)
                == ["end a: interrupted", Self.receipt("interrupted", "control")]
        )
    }

    @Test func `the ladder climbs from the request to the signal to the kill`() {
        var play = MachinePlay.ready {
            $0.controlPatience = .seconds(3)
            $0.signalPatience = .seconds(2)
        }
        _ = play.submit("a")
        _ = play.interrupt()
        #expect(play.wait(.milliseconds(2999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["signal interrupt"])
        #expect(play.wait(.milliseconds(1999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["kill"])
        #expect(play.wait(.seconds(1)) == [])
        #expect(play.submit("b") == ["at 1"])
        #expect(
            play.exited(signal: 9, survivors: [42]) == [
                "end a: interrupted",
                "receipt: escalated by kill in 6000 returned [] surviving [42]",
                #"launch uncertain("c1")"#,
            ]
        )
        _ = play.started()
        #expect(play.isReady() == ["deliver b"])
    }

    @Test func `after a signal the result ends the turn, but the process takes no more prompts`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.interrupt()
        _ = play.wait(.seconds(3))
        #expect(play.submit("b") == ["at 1"])
        #expect(play.result("aborted_streaming", isError: true) == ["end a: interrupted"])
        #expect(play.state == .stopping)
        // A second client joins the interrupt that is still going on.
        #expect(play.interrupt() == ["hand back b"])
        #expect(play.submit("c") == ["at 1"])
        #expect(play.began() == [])
        #expect(
            play.exited(code: 0)
                == [Self.receipt("escalated", "signal", ms: 3000, returned: ["b"]), #"launch known("c1")"#]
        )
        _ = play.started()
        #expect(play.isReady() == ["deliver c"])
    }

    @Test func `a process that writes its result after the signal and stays is killed`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.interrupt()
        _ = play.wait(.seconds(3))
        _ = play.result("aborted_streaming", isError: true)
        #expect(play.wait(.seconds(3)) == ["kill"])
        #expect(play.exited(signal: 9).first == Self.receipt("escalated", "kill", ms: 6000))
    }

    @Test func `interrupts that cost the process do not use up its restarts`() {
        var play = MachinePlay.ready { $0.restartIntensity = 1 }
        for _ in 0..<5 {
            _ = play.submit("a")
            _ = play.interrupt()
            _ = play.wait(.seconds(3))
            #expect(play.exited(code: 0).last?.hasPrefix("launch") == true)
            _ = play.started()
            _ = play.isReady()
        }
        #expect(play.machine.restarts == 5)
    }

    // MARK: Deaths

    @Test func `a death in mid-turn ends the turn once, and its prompt is not sent again`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.submit("b")
        _ = play.result()
        #expect(play.exited(signal: 9) == ["end b: killed"])
        #expect(play.state == .starting)
        #expect(play.submit("c") == ["at 1"])
        #expect(play.wait(.milliseconds(249)) == [])
        #expect(play.wait(.milliseconds(1)) == [#"launch known("c1")"#])
        _ = play.started()
        #expect(play.isReady() == ["deliver c"])
        #expect(play.result(answers: ["u-c"]) == ["end c: completed"])
    }

    @Test func `restarts wait longer each time and then the session fails with the last words`() {
        var play = MachinePlay.ready { $0.restartIntensity = 3 }
        for delay in [250, 500, 1000] {
            #expect(play.exited(code: 1) == [])
            #expect(play.wait(.milliseconds(delay - 1)) == [])
            #expect(play.wait(.milliseconds(1)) == [#"launch fresh("c1")"#])
            _ = play.started()
            _ = play.isReady()
        }
        _ = play.submit("a")
        _ = play.submit("b")
        #expect(
            play.exited(signal: 11, stderr: "boom")
                == ["end a: killed", "hand back b", "fail: ended by signal 11: boom"]
        )
        #expect(play.state == .failed)
        #expect(play.machine.waiting.isEmpty)
    }

    @Test func `a process that dies before it is ready is restarted only if one was ready before`() {
        var play = MachinePlay.ready()
        _ = play.exited(code: 1)
        _ = play.wait(.milliseconds(250))
        _ = play.started()
        #expect(play.exited(code: 1) == [])
        #expect(play.wait(.milliseconds(500)) == [#"launch fresh("c1")"#])

        var first = MachinePlay()
        _ = first.start()
        _ = first.started()
        #expect(first.exited(code: 1) == ["fail: exited with code 1."])
    }

    // MARK: Which conversation

    @Test func `a turn that was answered is resumed, one that was not may have left nothing`() {
        var play = MachinePlay.ready()
        #expect(play.machine.conversation == .fresh("c1"))
        _ = play.submit("a")
        #expect(play.machine.conversation == .uncertain("c1"))
        _ = play.result()
        #expect(play.machine.conversation == .known("c1"))
    }

    @Test func `a conversation that was never written is begun again`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.exited(signal: 9)
        #expect(play.wait(.milliseconds(250)) == [#"launch uncertain("c1")"#])
        _ = play.started()
        #expect(
            play.exited(code: 1, stderr: "No conversation found with session ID: c1") == [#"launch fresh("c1")"#]
        )
        _ = play.started()
        #expect(play.isReady() == [])
        #expect(play.state == .idle)
    }

    @Test func `a resume that failed after it was ready is no conversation either`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.exited(signal: 9)
        _ = play.wait(.milliseconds(250))
        _ = play.started()
        _ = play.submit("b")
        _ = play.isReady()
        #expect(play.result(nil, isError: true, answers: []) == ["end b: failed"])
        #expect(play.exited(code: 1, stderr: "No conversation found") == [#"launch fresh("c1")"#])
    }

    @Test func `an id that is taken is resumed`() {
        var play = MachinePlay()
        _ = play.start()
        _ = play.started()
        #expect(play.exited(code: 1, stderr: "Session ID c1 is already in use.") == [#"launch known("c1")"#])
        _ = play.started()
        // Once corrected it is not corrected back: no endless loop.
        #expect(play.exited(code: 1, stderr: "No conversation found").last?.hasPrefix("fail: ") == true)
    }

    @Test func `an adopted conversation that does not exist fails the session`() {
        var play = MachinePlay(conversation: .known("theirs"))
        #expect(play.start() == [#"launch known("theirs")"#])
        _ = play.started()
        #expect(
            play.exited(code: 1, stderr: "No conversation found with session ID: theirs")
                == ["fail: exited with code 1: No conversation found with session ID: theirs"]
        )
    }

    @Test func `the CLI's own name for the conversation is taken over`() {
        var play = MachinePlay.ready()
        play.named("c2")
        #expect(play.machine.conversation == .fresh("c2"))
        _ = play.submit("a")
        play.named("c2")
        _ = play.result()
        #expect(play.machine.conversation == .known("c2"))
        play.named("c2")
        #expect(play.machine.conversation == .known("c2"))
        // A new one (`/clear`) is on disk only when its first turn has ended.
        _ = play.submit("b")
        play.named("c3")
        #expect(play.machine.conversation == .uncertain("c3"))
    }

    // MARK: The end

    @Test func `an end before the start leaves nothing to start`() {
        var play = MachinePlay()
        _ = play.submit("a")
        #expect(play.end() == ["hand back a", "over: deleted"])
        #expect(play.state == .ended)
        #expect(play.start() == [])
        #expect(play.state == .ended)
    }

    @Test func `an end while the process is launched waits for it`() {
        var play = MachinePlay()
        _ = play.start()
        #expect(play.end() == [])
        #expect(play.state == .stopping)
        #expect(play.started() == ["terminate"])
        #expect(play.isReady() == [])
        #expect(play.exited(code: 0) == ["over: deleted"])
    }

    @Test func `an end while the launch fails is the end`() {
        var play = MachinePlay()
        _ = play.start()
        _ = play.end()
        #expect(play.exited(launchFailure: "cancelled") == ["over: deleted"])
    }

    @Test func `an end while the process starts, or idles, ends the process`() {
        var starting = MachinePlay()
        _ = starting.start()
        _ = starting.started()
        #expect(starting.end() == ["terminate"])
        #expect(starting.isReady() == [])

        var idle = MachinePlay.ready()
        #expect(idle.end(.shutdown) == ["terminate"])
        #expect(idle.end(.deleted) == [])
        #expect(idle.exited(code: 0) == ["over: shutdown"])
        #expect(idle.end() == [])
    }

    @Test func `an end in mid-turn stops the turn first and hands back what waits`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.submit("b")
        #expect(play.end() == ["hand back b", "ask to stop", "terminate"])
        #expect(play.submit("c") == ["session_ended"])
        #expect(play.result("aborted_streaming", isError: true) == ["end a: interrupted"])
        #expect(play.exited(code: 0) == ["over: deleted"])
    }

    @Test func `an end in mid-turn without a result kills the turn`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.end()
        #expect(play.exited(signal: 15) == ["end a: killed", "over: deleted"])
    }

    @Test func `an end during an interrupt answers the interrupt`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.interrupt()
        #expect(play.end() == ["terminate"])
        #expect(
            play.exited(code: 0) == ["end a: interrupted", Self.receipt("escalated", "control"), "over: deleted"]
        )
    }

    @Test func `an interrupt during the end is answered`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.end()
        #expect(play.interrupt() == ["ask to stop"])
        #expect(
            play.exited(code: 0) == ["end a: interrupted", Self.receipt("escalated", "control"), "over: deleted"]
        )
        #expect(play.interrupt() == [Self.receipt("alreadyIdle", "nothing")])
    }

    @Test func `an end while a restart is waited for needs no process`() {
        var play = MachinePlay.ready()
        _ = play.exited(code: 1)
        #expect(play.end() == ["over: deleted"])
        #expect(play.wait(.seconds(60)) == [])
        #expect(play.machine.nextDeadline == nil)
    }

    @Test func `an end after the start timed out waits for the kill`() {
        var play = MachinePlay()
        _ = play.start()
        _ = play.started()
        _ = play.wait(.seconds(60))
        #expect(play.end() == ["terminate"])
        #expect(play.exited(signal: 9) == ["over: deleted"])
    }
}
