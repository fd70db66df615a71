import Testing

@testable import Actors

/// The agent's questions as part of a session: what they hold up, and what their ends bring.
@Suite struct SessionMachineApprovalTests {
    private static func asked(_ adjust: (inout SessionMachine.Configuration) -> Void = { _ in }) -> MachinePlay {
        var play = MachinePlay.ready(adjust)
        _ = play.submit("a")
        _ = play.asked("p")
        return play
    }

    @Test func `a question holds the turn, and its answer goes to the agent`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        #expect(play.asked("p") == ["approval p pending"])
        #expect(play.state == .requiresAction)
        #expect(play.submit("b") == ["at 1"])
        #expect(play.answer("p") == ["approval p answered by ann", "reply r-p: allow"])
        #expect(play.state == .running)
        #expect(play.answer("p", .deny) == ["approval_answered"])
        #expect(play.answer("q") == ["approval_not_found"])
    }

    @Test func `a refusal leaves the queue, a refusal with stop hands it back`() {
        var play = Self.asked()
        _ = play.submit("b")
        _ = play.asked("q")
        #expect(play.answer("p", .deny) == ["approval p answered by ann", "reply r-p: deny"])
        #expect(
            play.answer("q", .denyAndStop) == ["approval q answered by ann", "reply r-q: deny_and_stop", "hand back b"]
        )
        #expect(play.machine.turn?.stopReason == .denied)
        #expect(play.result("aborted_tools") == ["end a: interrupted"])
    }

    @Test func `the turn's result withdraws what is open`() {
        var play = Self.asked()
        _ = play.asked("q")
        #expect(play.result() == ["approval p withdrawn", "approval q withdrawn", "end a: completed"])
        #expect(play.answer("p") == ["approval_gone"])
    }

    @Test func `the end of the process withdraws what is open`() {
        var play = Self.asked()
        #expect(play.exited(signal: 9) == ["approval p withdrawn", "end a: killed"])
        #expect(play.answer("p") == ["approval_gone"])
    }

    @Test func `the CLI withdraws one, and the other waits on`() {
        var play = Self.asked()
        _ = play.asked("q")
        #expect(play.withdrawn("p") == ["approval p withdrawn"])
        #expect(play.withdrawn("p") == [])
        #expect(play.state == .requiresAction)
        _ = play.answer("q")
        #expect(play.state == .running)
    }

    @Test func `one that nobody answers is denied at its deadline, and the turn goes on`() {
        var play = Self.asked { $0.approvalTimeout = .seconds(30) }
        #expect(play.machine.nextDeadline == play.now + .seconds(30))
        _ = play.wait(.seconds(10))
        _ = play.asked("q")
        #expect(play.wait(.seconds(20)) == ["approval p expired by deadline", "reply r-p: deny"])
        #expect(play.state == .requiresAction)
        #expect(play.answer("p") == ["approval_gone"])
        #expect(play.wait(.seconds(10)) == ["approval q expired by deadline", "reply r-q: deny"])
        #expect(play.state == .running)
    }

    @Test func `more than sixty-four at once are refused`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        for number in 0..<64 { #expect(play.asked("p\(number)") == ["approval p\(number) pending"]) }
        #expect(play.asked("more") == ["reply r-more: deny"])
    }

    // MARK: A restart of the server

    @Test func `a shutdown that the session outlives withdraws nothing and hands nothing back`() {
        var play = Self.asked { $0.outlivesServer = true }
        _ = play.submit("b")
        #expect(play.end(.shutdown) == ["ask to stop", "terminate"])
        #expect(play.exited(code: 0) == ["end a: killed", "over: shutdown"])
        #expect(play.machine.approvals.pending.map(\.id) == ["p"])
        #expect(play.machine.waiting.map(\.id) == ["b"])
    }

    @Test func `a session that is deleted does not outlive anything`() {
        var play = Self.asked { $0.outlivesServer = true }
        _ = play.submit("b")
        #expect(play.end(.deleted) == ["hand back b", "ask to stop", "terminate"])
        #expect(play.exited(code: 0) == ["approval p withdrawn", "end a: killed", "over: deleted"])
    }

    @Test func `one that outlived its process is answered by a message, and the same question is not asked twice`() {
        var play = MachinePlay(conversation: .known("c1"))
        #expect(play.restored(approvals: [ApprovalBookTests.approval("p")]) == [])
        #expect(play.state == .requiresAction)
        #expect(play.answer("p") == ["approval p answered by ann", "resume p"])
        #expect(play.submit("m") == ["at 1", #"launch known("c1")"#])
        _ = play.started()
        _ = play.isReady()
        #expect(play.asked("again") == ["reply r-again: allow"])
        #expect(play.asked("again") == ["approval again pending"])
    }

    @Test func `one that is asked again before it was answered keeps its id`() {
        var play = MachinePlay(conversation: .known("c1"))
        _ = play.restored(approvals: [ApprovalBookTests.approval("p")], waiting: ["m"])
        _ = play.started()
        _ = play.isReady()
        #expect(play.asked("again") == ["approval p pending"])
        #expect(play.answer("p") == ["approval p answered by ann", "reply r-again: allow"])
    }

    @Test func `one that outlived its process expires without a word to anybody else`() {
        var play = MachinePlay(conversation: .known("c1"))
        // Its time has run on while there was no server.
        let expiresAt = Timestamp.of(play.now + .seconds(30), now: play.now)
        _ = play.restored(approvals: [ApprovalBookTests.approval("p", expiresAt: expiresAt)])
        #expect(play.wait(.seconds(25)) == [])
        #expect(play.wait(.seconds(5)) == ["approval p expired by deadline"])
        #expect(play.state == .hibernated)
    }
}
