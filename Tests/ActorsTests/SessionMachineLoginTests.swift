import Testing

@testable import Actors

/// A login that ends in mid-session: what waits is kept until there is another.
@Suite struct SessionMachineLoginTests {
    @Test func `what waits behind a refused login is held, and goes on in order with a new one`() {
        var play = MachinePlay.ready()
        for id in ["a", "b", "c"] { _ = play.submit(id) }
        play.loginRefused()
        #expect(play.result() == ["end a: completed"])
        #expect(play.state == .requiresAction && play.machine.waitingOn == .login)
        #expect(play.submit("d") == ["at 3"])
        #expect(play.machine.waiting.map(\.id) == ["b", "c", "d"])
        #expect(!play.machine.isQuiet)
        // A new process, for a new login.
        _ = play.wake()
        #expect(play.machine.waitingOn != .login)
        _ = play.exited()
        _ = play.started()
        #expect(play.isReady() == ["deliver b"])
        #expect(play.result() == ["end b: completed", "deliver c"])
    }

    @Test func `a prompt that is alone tries the login itself`() {
        var play = MachinePlay.ready()
        _ = play.submit("a")
        play.loginRefused()
        #expect(play.result() == ["end a: completed"])
        #expect(play.state == .idle)
        #expect(play.submit("b") == ["at 0", "deliver b"])
    }
}
