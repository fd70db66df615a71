import Testing

@testable import Actors

/// Starting, prompts, turns and time; stopping and dying have suites of their own.
@Suite struct SessionMachineTests {
    // MARK: Starting

    @Test func `a session starts with a process, which is ready once initialize is answered`() {
        var play = MachinePlay()
        #expect(play.state == .starting)
        #expect(play.start() == [#"launch fresh("c1")"#])
        #expect(play.started() == ["initialize"])
        #expect(play.state == .starting)
        #expect(play.isReady() == [])
        #expect(play.state == .idle)
        #expect(play.isReady() == [])
    }

    @Test func `prompts wait for the process and then go one at a time`() {
        var play = MachinePlay()
        _ = play.start()
        #expect(play.submit("a") == ["at 1"])
        _ = play.started()
        #expect(play.submit("b") == ["at 2"])
        #expect(play.isReady() == ["deliver a"])
        #expect(play.state == .running)
        #expect(play.submit("c") == ["at 2"])
        #expect(play.result() == ["end a: completed", "deliver b"])
        #expect(play.result() == ["end b: completed", "deliver c"])
        #expect(play.result() == ["end c: completed"])
        #expect(play.state == .idle)
    }

    @Test func `an idle process gets a prompt at once`() {
        var play = MachinePlay.ready()
        #expect(play.submit("a") == ["at 0", "deliver a"])
        #expect(play.began() == [])
        #expect(play.result() == ["end a: completed"])
    }

    @Test func `a process that does not answer in time is killed, and the session failed`() {
        var play = MachinePlay { $0.startTimeout = .seconds(60) }
        _ = play.start()
        _ = play.started()
        _ = play.submit("a")
        #expect(play.wait(.milliseconds(59_999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["kill"])
        // Its answer comes too late: no prompt goes to a process that is being killed.
        #expect(play.isReady() == [])
        #expect(play.exited(signal: 9) == ["hand back a", "fail: ended by signal 9."])
        #expect(play.state == .failed)
    }

    @Test func `a process that cannot be launched fails the session`() {
        var play = MachinePlay()
        _ = play.start()
        #expect(play.exited(launchFailure: "no such file") == ["fail: no such file"])
        #expect(play.submit("a") == ["session_failed"])
        #expect(play.interrupt() == ["receipt: alreadyIdle by nothing in 0 returned [] surviving []"])
        #expect(play.end() == ["over: deleted"])
    }

    // MARK: The queue

    @Test func `one more than may wait is refused`() {
        var play = MachinePlay.ready { $0.maximumQueuedPrompts = 2 }
        #expect(play.submit("a") == ["at 0", "deliver a"])
        #expect(play.submit("b") == ["at 1"])
        #expect(play.submit("c") == ["at 2"])
        #expect(play.submit("d") == ["queue_full"])
        #expect(play.result() == ["end a: completed", "deliver b"])
        #expect(play.submit("d") == ["at 2"])
    }

    @Test func `a waiting prompt can be taken back, a delivered one not`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.submit("b")
        #expect(play.cancel("a") == nil)
        #expect(play.cancel("b") == "b")
        #expect(play.cancel("b") == nil)
        #expect(play.result() == ["end a: completed"])
    }

    @Test func `a prompt the child refused is tried again before the others`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        play.refused()
        #expect(play.state == .idle)
        #expect(play.submit("b") == ["at 2"])
        #expect(play.wait(.milliseconds(999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["deliver a"])
        play.refused()
        #expect(play.wait(.seconds(1)) == ["deliver a"])
        #expect(play.result() == ["end a: completed", "deliver b"])
    }

    @Test func `a refused prompt goes to the next process`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        play.refused()
        #expect(play.exited(code: 1) == [])
        #expect(play.wait(.seconds(1)) == [#"launch uncertain("c1")"#])
        _ = play.started()
        #expect(play.isReady() == ["deliver a"])
    }

    @Test func `a refusal when no prompt is out changes nothing`() {
        var play = MachinePlay.ready()
        play.refused()
        #expect(play.machine.nextDeadline == play.machine.expiresAt)
        _ = play.began()
        play.refused()
        #expect(play.state == .running)
    }

    // MARK: Turns

    @Test(
        arguments: [
            ("completed", false, "completed"), (nil, false, "completed"), ("aborted_streaming", true, "interrupted"),
            ("aborted_streaming", false, "interrupted"), ("aborted_tools", true, "interrupted"),
            ("api_error", true, "failed"), ("max_turns", true, "failed"),
            ("prompt_too_long", true, "failed"), (nil, true, "failed"), ("of a later version", false, "completed"),
        ] as [(String?, Bool, String)]
    )
    func `a result ends its turn as it says`(reason: String?, isError: Bool, outcome: String) {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        #expect(play.result(reason, isError: isError) == ["end a: \(outcome)"])
        #expect(play.state == .idle)
    }

    @Test func `a process over its budget is given back, for it would end every later prompt at once`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.submit("b")
        #expect(play.result("budget_exhausted", isError: true) == ["end a: budget", "terminate"])
        #expect(play.state == .hibernated)
        #expect(play.exited(code: 1) == [#"launch known("c1")"#])
    }

    @Test func `a result without a turn is passed over`() {
        var play = MachinePlay.ready()
        #expect(play.result() == [])
        #expect(play.result(origin: .task) == [])
    }

    @Test func `a turn that nobody asked for is a turn, and prompts wait for it`() {
        var play = MachinePlay.ready()
        #expect(play.began() == ["start task"])
        #expect(play.began() == [])
        #expect(play.submit("a") == ["at 1"])
        #expect(play.result(origin: .task) == ["end task: completed", "deliver a"])
    }

    @Test func `the result of a turn the CLI started leaves ours open`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        #expect(play.result(origin: .peer, answers: []) == ["start peer", "end peer: completed"])
        #expect(play.state == .running)
        #expect(play.began() == [])
        #expect(play.result() == ["end a: completed"])
    }

    @Test func `a turn the CLI started that took our prompt in ends ours`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        #expect(play.result(origin: .task, answers: ["u-other", "u-a"]) == ["end a: completed"])
    }

    // MARK: Time

    @Test func `an idle session expires`() {
        var play = MachinePlay.ready { $0.timeToLive = .seconds(10) }
        #expect(play.machine.expiresAt == play.now + .seconds(10))
        #expect(play.wait(.milliseconds(9999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["terminate"])
        #expect(play.state == .stopping)
        #expect(play.submit("late") == ["session_ended"])
        #expect(play.exited(code: 0) == ["over: expired"])
        #expect(play.state == .ended)
    }

    @Test func `without a time to live a session stays`() {
        var play = MachinePlay.ready { $0.timeToLive = nil }
        #expect(play.machine.nextDeadline == nil)
        #expect(play.wait(.seconds(1_000_000_000)) == [])
    }

    @Test func `work and viewers keep a session, and the clock starts when they go`() {
        var play = MachinePlay.ready { $0.timeToLive = .seconds(10) }
        _ = play.submit("a")
        #expect(play.wait(.seconds(100)) == [])
        _ = play.result()
        play.viewerJoined()
        play.viewerJoined()
        #expect(play.wait(.seconds(100)) == [])
        play.viewerLeft()
        #expect(play.wait(.seconds(100)) == [])
        play.viewerLeft()
        #expect(play.wait(.seconds(9)) == [])
        // A prompt that waits keeps it as well.
        _ = play.submit("b")
        play.refused()
        play.viewerJoined()
        play.viewerLeft()
        #expect(play.machine.expiresAt == nil)
        #expect(play.wait(.seconds(100)) == ["deliver b"])
        _ = play.began()
        _ = play.result()
        #expect(play.wait(.seconds(10)) == ["terminate"])
    }

    @Test func `a failed session expires a full time to live after its failure`() {
        var play = MachinePlay { $0.timeToLive = .seconds(10) }
        _ = play.start()
        #expect(play.wait(.seconds(30)) == [])
        _ = play.exited(code: 1, stderr: "first\nlast words\n")
        #expect(play.machine.failure == "exited with code 1: last words")
        #expect(play.wait(.milliseconds(9999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["over: expired"])
    }

    @Test func `a time to live of centuries does not overflow`() {
        let play = MachinePlay.ready { $0.timeToLive = .milliseconds(Int64.max) }
        #expect(play.machine.expiresAt ?? play.now > play.now)
    }
}
