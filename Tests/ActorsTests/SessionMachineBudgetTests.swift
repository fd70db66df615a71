import Testing

@testable import Actors

/// What a session may spend, and what happens when it has.
@Suite struct SessionMachineBudgetTests {
    @Test func `turns are counted, and after the last no more are taken`() {
        var play = MachinePlay.ready(budget: Budget(limitTurns: 2))
        for id in ["a", "b", "c"] { _ = play.submit(id) }
        #expect(play.result() == ["end a: completed", "deliver b"])
        #expect(play.result() == ["end b: completed", "budget reached"])
        #expect(play.state == .requiresAction && play.machine.waitingOn == .budget)
        #expect(play.submit("d") == ["budget_reached"])
        #expect(play.machine.waiting.map(\.id) == ["c"])
    }

    @Test func `money is counted from the results`() {
        var play = MachinePlay.ready(budget: Budget(limitUSD: 1))
        _ = play.submit("a")
        #expect(play.result(cost: 0.75) == ["end a: completed"])
        #expect(play.machine.budget.leftUSD == 0.25)
        _ = play.submit("b")
        #expect(play.result(cost: 0.5) == ["end b: completed", "budget reached"])
        #expect(play.machine.budget.leftUSD == 0)
    }

    @Test func `a turn that was cut counts as one`() {
        var play = MachinePlay.ready(budget: Budget(limitTurns: 1))
        _ = play.submit("a")
        #expect(play.exited(signal: 9) == ["end a: killed", "budget reached"])
    }

    @Test func `a turn of the CLI's own counts too`() {
        var play = MachinePlay.ready(budget: Budget(limitUSD: 1))
        _ = play.began()
        #expect(play.result(origin: .task, cost: 1) == ["end task: completed", "budget reached"])
    }

    @Test func `more turns let what waits go on`() {
        var play = MachinePlay.ready(budget: Budget(limitTurns: 1))
        _ = play.submit("a")
        _ = play.submit("b")
        _ = play.result()
        #expect(play.limit(turns: 1) == [])
        #expect(play.limit(turns: 2) == ["deliver b"])
        #expect(play.result() == ["end b: completed", "budget reached"])
        #expect(play.limit() == [])
        #expect(play.state == .idle)
    }

    @Test func `more money needs a process that knows of it`() {
        var play = MachinePlay.ready(budget: Budget(limitUSD: 1))
        _ = play.submit("a")
        _ = play.submit("b")
        _ = play.result(cost: 1)
        #expect(play.limit(usd: 5) == ["terminate"])
        #expect(play.exited(code: 0) == [#"launch known("c1")"#])
        _ = play.started()
        #expect(play.isReady() == ["deliver b"])
        #expect(play.machine.budget.spentUSD == 1)
    }

    @Test func `a limit below what is spent is reached at once, and told once`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        _ = play.result(cost: 2)
        #expect(play.limit(usd: 1) == ["budget reached"])
        #expect(play.limit(usd: 1.5) == [])
        #expect(play.submit("b") == ["budget_reached"])
    }

    @Test func `a running turn is not cut by a new limit`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        #expect(play.limit(usd: 3) == [])
        #expect(play.state == .running)
        #expect(play.result(cost: 1) == ["end a: completed"])
    }

    @Test func `a session that slept over its budget wakes when it is lifted and something waits`() {
        var play = MachinePlay.ready(budget: Budget(limitUSD: 1))
        _ = play.submit("a")
        _ = play.submit("b")
        #expect(
            play.result("budget_exhausted", isError: true, cost: 1) == ["end a: budget", "budget reached", "terminate"]
        )
        #expect(play.exited(code: 1) == [])
        #expect(play.state == .requiresAction)
        #expect(play.limit(usd: 5) == [#"launch known("c1")"#])
    }

    @Test func `a session over its budget expires like any other`() {
        var play = MachinePlay.ready(budget: Budget(limitTurns: 1)) { $0.timeToLive = .seconds(10) }
        _ = play.submit("a")
        _ = play.result()
        #expect(play.wait(.seconds(10)) == ["terminate"])
    }
}
