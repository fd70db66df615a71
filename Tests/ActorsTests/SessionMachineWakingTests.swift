import Testing

@testable import Actors

/// Sessions that are woken.
@Suite struct SessionMachineWakingTests {
    @Test func `who wakes a session whose process is on its way out gets another one`() {
        var play = MachinePlay.ready { $0.hibernateAfter = .seconds(1) }
        #expect(play.wait(.seconds(1)) == ["terminate"])
        #expect(play.state == .hibernated)
        #expect(play.wake() == [])
        #expect(play.state == .starting)
        #expect(play.exited(code: 0) == ["launch fresh(\"c1\")"])
        _ = play.started()
        #expect(play.isReady() == [])
        #expect(play.state == .idle)
    }

    @Test func `who wakes a session that ends gets nothing`() {
        var play = MachinePlay.ready { $0.hibernateAfter = .seconds(1) }
        _ = play.wait(.seconds(1))
        _ = play.end()
        #expect(play.wake() == [])
        #expect(play.exited(code: 0) == ["over: deleted"])
    }
}
