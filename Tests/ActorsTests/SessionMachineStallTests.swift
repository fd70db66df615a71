import Testing

@testable import Actors

/// A turn of which nothing is heard.
@Suite struct SessionMachineStallTests {
    private static func running(_ adjust: (inout SessionMachine.Configuration) -> Void = { _ in }) -> MachinePlay {
        var play = MachinePlay.ready {
            $0.stallNotice = .seconds(120)
            $0.stallLimit = .seconds(600)
            adjust(&$0)
        }
        _ = play.submit("a")
        return play
    }

    @Test func `silence is told, and then it is too much`() {
        var play = Self.running()
        #expect(play.machine.nextDeadline == play.now + .seconds(120))
        #expect(play.wait(.milliseconds(119_999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["stalled for 120 s on api"])
        #expect(play.machine.waitingOn == .stuck)
        #expect(play.wait(.milliseconds(479_999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["ask to stop"])
        #expect(play.machine.turn?.stopReason == .stalled)
        #expect(play.wait(.seconds(3)) == ["signal interrupt"])
        #expect(play.wait(.seconds(3)) == ["kill"])
        #expect(
            play.exited(signal: 9) == [
                "end a: interrupted", "receipt: escalated by kill in 6000 returned [] surviving []",
                #"launch uncertain("c1")"#,
            ]
        )
    }

    @Test func `a sign of life begins the silence anew`() {
        var play = Self.running()
        _ = play.wait(.seconds(100))
        play.noted(.other)
        #expect(play.wait(.seconds(100)) == [])
        #expect(play.wait(.seconds(20)) == ["stalled for 120 s on api"])
        play.noted(.writing)
        #expect(play.machine.waitingOn == nil)
        #expect(play.wait(.seconds(120)) == ["stalled for 120 s on the model"])
    }

    @Test func `without a limit it is told and never stopped`() {
        var play = Self.running { $0.stallLimit = nil }
        #expect(play.wait(.seconds(120)) == ["stalled for 120 s on api"])
        #expect(play.wait(.seconds(1_000_000)) == [])
    }

    @Test func `what it waits on is told`() {
        var play = Self.running()
        #expect(play.machine.waitingOn == .api)
        play.noted(.retrying)
        #expect(play.machine.waitingOn == .apiRetry)
        play.noted(.toolsStarted(["t1"]))
        #expect(play.machine.waitingOn == .tool)
        #expect(play.wait(.seconds(120)) == ["stalled for 120 s on tool"])
    }

    @Test func `what waits for what followed it is not held against the next turn`() {
        var play = Self.running()
        play.noted(.toolsStarted(["t1"]))
        _ = play.wait(.seconds(119))
        _ = play.result()
        #expect(play.machine.waitingOn == nil)
        _ = play.submit("b")
        #expect(play.machine.waitingOn == .api)
        #expect(play.wait(.seconds(119)) == [])
    }

    @Test func `an idle session does not stall, nor one whose prompt has not left`() {
        var idle = MachinePlay.ready { $0.stallNotice = .seconds(120) }
        #expect(idle.wait(.seconds(1000)) == [])
        var unsent = MachinePlay.ready { $0.stallNotice = .seconds(120) }
        unsent.arrives = false
        _ = unsent.submit("a")
        #expect(unsent.wait(.seconds(1000)) == [])
    }

    // MARK: A person's silence

    @Test(arguments: ["answered", "withdrawn", "expired"])
    func `a person's silence is no stall, and the agent's begins with its end`(end: String) {
        var play = Self.running { $0.approvalTimeout = end == "expired" ? .seconds(5000) : nil }
        _ = play.asked("p")
        #expect(play.state == .requiresAction && play.machine.waitingOn == .person)
        #expect(play.wait(.milliseconds(4_999_999)) == [])
        switch end {
        case "answered": #expect(play.answer("p") == ["approval p answered by ann", "reply r-p: allow"])
        case "withdrawn": #expect(play.withdrawn("p") == ["approval p withdrawn"])
        default: #expect(play.wait(.milliseconds(1)) == ["approval p expired by deadline", "reply r-p: deny"])
        }
        #expect(play.wait(.milliseconds(119_999)) == [])
        #expect(play.wait(.milliseconds(1)) == ["stalled for 120 s on api"])
    }
}
