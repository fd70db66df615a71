import Testing

@testable import Actors

/// A session without work: its process is given back, comes again, and in the end the session goes.
@Suite struct SessionMachineIdleTests {
    private static func hibernated(
        _ adjust: (inout SessionMachine.Configuration) -> Void = { _ in }
    ) -> MachinePlay {
        var play = MachinePlay.ready(conversation: .known("c1"), adjust)
        _ = play.hibernate()
        _ = play.exited(code: 0)
        return play
    }

    // MARK: Hibernation

    @Test func `the process of an idle session is given back when its time has come`() {
        var play = MachinePlay.ready { $0.hibernateAfter = .seconds(10) }
        #expect(play.machine.hibernatesAt == play.now + .seconds(10))
        #expect(play.machine.nextDeadline == play.now + .seconds(10))
        #expect(play.wait(.milliseconds(9999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["terminate"])
        #expect(play.state == .hibernated)
        #expect(play.exited(code: 0) == [])
        #expect(play.state == .hibernated)
        #expect(play.machine.hibernatesAt == nil)
        #expect(play.wait(.seconds(100)) == [])
    }

    @Test func `its exit is no death, whatever it looked like`() {
        var play = MachinePlay.ready { $0.restartIntensity = 0 }
        _ = play.hibernate()
        #expect(play.exited(signal: 9, stderr: "killed") == [])
        #expect(play.state == .hibernated && play.machine.restarts == 0)
    }

    @Test func `by hand it is given back at once, and a second time changes nothing`() {
        var play = MachinePlay.ready()
        #expect(play.hibernate() == ["terminate"])
        #expect(play.hibernate() == [])
        _ = play.exited(code: 0)
        #expect(play.hibernate() == [])
    }

    @Test func `what needs the process keeps it`() {
        var play = MachinePlay.ready { $0.hibernateAfter = .seconds(10) }
        _ = play.submit("a")
        #expect(play.hibernate() == ["session_busy"])
        #expect(play.wait(.seconds(100)) == [])
        _ = play.asked("p")
        _ = play.result()
        play.background("shell")
        #expect(play.hibernate() == ["session_busy"])
        #expect(play.wait(.seconds(100)) == [])
        play.background()
        #expect(play.wait(.milliseconds(9999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["terminate"])
    }

    @Test func `without a process, or after the end, there is nothing to give back`() {
        var starting = MachinePlay()
        _ = starting.start()
        #expect(starting.hibernate() == ["session_busy"])
        _ = starting.exited(launchFailure: "no such file")
        #expect(starting.hibernate() == ["session_busy"])
        _ = starting.end()
        #expect(starting.hibernate() == ["session_ended"])
    }

    @Test func `viewers do not keep the process, only the session`() {
        var play = MachinePlay.ready {
            $0.hibernateAfter = .seconds(10)
            $0.timeToLive = .seconds(20)
        }
        play.viewerJoined()
        #expect(play.wait(.seconds(10)) == ["terminate"])
        _ = play.exited(code: 0)
        #expect(play.wait(.seconds(100)) == [])
        play.viewerLeft()
        #expect(play.wait(.seconds(20)) == ["over: expired"])
    }

    // MARK: Waking

    @Test func `a message wakes it, and the conversation goes on`() {
        var play = Self.hibernated()
        #expect(play.submit("a") == ["at 1", #"launch known("c1")"#])
        #expect(play.state == .starting)
        #expect(play.submit("b") == ["at 2"])
        _ = play.started()
        #expect(play.isReady() == ["deliver a"])
    }

    @Test(arguments: [Prompt.Delivery.steer, .interrupt])
    func `whatever its delivery`(delivery: Prompt.Delivery) {
        var play = Self.hibernated()
        #expect(play.submit("a", delivery) == ["at 1", #"launch known("c1")"#])
    }

    @Test func `a message that comes while it leaves wakes it when it is gone`() {
        var play = MachinePlay.ready(conversation: .known("c1"))
        _ = play.hibernate()
        #expect(play.submit("a") == ["at 1"])
        #expect(play.exited(code: 0) == [#"launch known("c1")"#])
        _ = play.started()
        #expect(play.isReady() == ["deliver a"])
    }

    @Test func `by hand it wakes without a message, once`() {
        var play = Self.hibernated()
        #expect(play.wake() == [#"launch known("c1")"#])
        #expect(play.wake() == [])
        _ = play.started()
        _ = play.isReady()
        #expect(play.wake() == [])
        #expect(play.state == .idle)
    }

    @Test func `a wake that comes while it leaves is not lost`() {
        var play = MachinePlay.ready(conversation: .known("c1"))
        _ = play.hibernate()
        #expect(play.wake() == [])
        #expect(play.exited(code: 0) == [#"launch known("c1")"#])
    }

    @Test func `the time of waking is told once`() {
        var play = Self.hibernated()
        _ = play.submit("a")
        play.pass(.milliseconds(300))
        _ = play.started()
        play.pass(.milliseconds(40))
        _ = play.isReady()
        #expect(play.takeWakeTime() == .milliseconds(340))
        #expect(play.takeWakeTime() == nil)
    }

    @Test func `one that cannot wake fails, hands back, and can be tried again`() {
        var play = Self.hibernated()
        _ = play.submit("a")
        #expect(play.exited(launchFailure: "no such file") == ["hand back a", "fail: no such file"])
        #expect(play.state == .failed)
        #expect(play.submit("b") == ["session_failed"])
        #expect(play.wake() == [#"launch known("c1")"#])
        #expect(play.state == .starting)
        _ = play.started()
        _ = play.isReady()
        #expect(play.submit("b") == ["at 0", "deliver b"])
    }

    @Test func `an ended session does not wake, and one that sleeps ends at once`() {
        var play = Self.hibernated()
        #expect(play.end() == ["over: deleted"])
        #expect(play.wake() == [])
        var leaving = MachinePlay.ready()
        _ = leaving.hibernate()
        #expect(leaving.end() == ["terminate"])
        #expect(leaving.exited(code: 0) == ["over: deleted"])
    }

    // MARK: Restart and rewind

    @Test func `a restart puts a new process in the place of the old`() {
        var play = MachinePlay.ready(conversation: .known("c1"))
        #expect(play.restart() == ["terminate"])
        #expect(play.state == .starting)
        #expect(play.submit("a") == ["at 1"])
        #expect(play.exited(code: 0) == [#"launch known("c1")"#])
        _ = play.started()
        #expect(play.isReady() == ["deliver a"])
    }

    @Test func `a restart wakes a sleeping session, tries a failed one again, and refuses a busy one`() {
        var sleeping = Self.hibernated()
        #expect(sleeping.restart() == [#"launch known("c1")"#])
        #expect(sleeping.restart() == ["session_busy"])
        var failed = MachinePlay()
        _ = failed.start()
        _ = failed.exited(launchFailure: "gone")
        #expect(failed.restart() == [#"launch fresh("c1")"#])
        var busy = MachinePlay.ready()
        _ = busy.submit("a")
        #expect(busy.restart() == ["session_busy"])
        _ = busy.end()
        #expect(busy.restart() == ["session_ended"])
    }

    @Test func `a rewind gives the process back, and the next takes the conversation up there`() {
        var play = MachinePlay.ready(conversation: .known("c1"))
        #expect(play.rewind(to: "m1") == ["terminate"])
        _ = play.exited(code: 0)
        #expect(play.rewind(to: "m0") == [])
        #expect(play.submit("a") == ["at 1", #"launch rewound("c1", to: "m0")"#])
        _ = play.started()
        _ = play.isReady()
        _ = play.result()
        #expect(play.machine.conversation == .known("c1"))
    }

    @Test func `what was never said is not rewound, nor what is being said`() {
        var play = MachinePlay.ready()
        #expect(play.rewind(to: "m1") == ["nothing_said"])
        _ = play.submit("a")
        #expect(play.rewind(to: "m1") == ["session_busy"])
    }

    // MARK: The end

    @Test func `the coming end is told once for each end`() {
        var play = MachinePlay.ready {
            $0.timeToLive = .seconds(1000)
            $0.expiryNotice = .seconds(60)
        }
        #expect(play.wait(.milliseconds(939_999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["expiring"])
        #expect(play.wait(.seconds(1)) == [])
        // Whoever comes for it moves the end, which is then told again.
        play.viewerJoined()
        #expect(play.wait(.seconds(1000)) == [])
        play.viewerLeft()
        #expect(play.wait(.seconds(940)) == ["expiring"])
        #expect(play.wait(.seconds(60)) == ["terminate"])
    }

    @Test func `of a short life the last quarter is told`() {
        var play = MachinePlay.ready {
            $0.timeToLive = .seconds(8)
            $0.expiryNotice = .seconds(60)
        }
        #expect(play.wait(.milliseconds(5999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["expiring"])
    }

    @Test func `background tasks keep the session, and its clock starts when the last has ended`() {
        var play = MachinePlay.ready { $0.timeToLive = .seconds(10) }
        play.background("shell", "agent")
        #expect(play.wait(.seconds(100)) == [])
        play.background("agent")
        #expect(play.wait(.seconds(100)) == [])
        play.background()
        #expect(play.machine.expiresAt == play.now + .seconds(10))
        #expect(play.wait(.milliseconds(9999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["terminate"])
    }

    @Test func `background tasks go with their process`() {
        var play = MachinePlay.ready { $0.timeToLive = .seconds(10) }
        play.background("shell")
        _ = play.exited(code: 1)
        _ = play.wait(.seconds(1))
        _ = play.started()
        _ = play.isReady()
        #expect(play.machine.isQuiet)
    }

    @Test func `a question keeps the session until it is answered`() {
        var play = MachinePlay.ready {
            $0.timeToLive = .seconds(10)
            $0.approvalTimeout = nil
        }
        _ = play.asked("p")
        #expect(play.wait(.seconds(100)) == [])
        _ = play.answer("p")
        #expect(play.wait(.milliseconds(9999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["terminate"])
    }

    // MARK: After a restart of the server

    @Test func `what an earlier server left sleeps until it is wanted`() {
        var play = MachinePlay(conversation: .known("c1")) { $0.timeToLive = .seconds(100) }
        #expect(play.restored(idleFor: .seconds(40)) == [])
        #expect(play.state == .hibernated)
        #expect(play.machine.expiresAt == play.now + .seconds(60))
        #expect(play.wait(.seconds(60)) == ["over: expired"])
    }

    @Test func `what waited goes on at once, in order`() {
        var play = MachinePlay(conversation: .known("c1"))
        #expect(play.restored(waiting: ["a", "b"]) == [#"launch known("c1")"#])
        _ = play.started()
        #expect(play.isReady() == ["deliver a"])
        #expect(play.result() == ["end a: completed", "deliver b"])
    }
}
