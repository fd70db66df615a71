import Testing

@testable import Actors

@Suite struct RetryScheduleTests {
    @Test func `five tries in about an hour, then none`() {
        let schedule = RetrySchedule()
        let delays = (1...5).map { schedule.delay(after: $0, chance: 0) }
        #expect(delays == [.seconds(10), .seconds(120), .seconds(600), .seconds(2700), nil])
        #expect(schedule.delay(after: 0, chance: 0) == nil)
    }

    @Test(arguments: [(-1.0, 8.0), (1.0, 12.0), (0.5, 11.0), (-7.0, 8.0), (7.0, 12.0)])
    func `chance moves a delay by a fifth at most`(chance: Double, seconds: Double) throws {
        let delay = try #require(RetrySchedule().delay(after: 1, chance: chance))
        #expect(abs(delay / .seconds(1) - seconds) < 0.001)
    }
}
