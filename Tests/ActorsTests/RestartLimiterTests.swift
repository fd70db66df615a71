import Testing

@testable import Actors

@Suite struct RestartLimiterTests {
    private let start = ContinuousClock.now

    @Test func `each restart waits twice as long, and then it is enough`() {
        var limiter = RestartLimiter(intensity: 4, period: .seconds(60), firstDelay: .milliseconds(250))
        let delays = (0..<6).map { limiter.processDied(at: self.start + .seconds($0)) }
        #expect(delays == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), nil, nil])
    }

    @Test func `deaths longer ago than the period are forgotten`() {
        var limiter = RestartLimiter(intensity: 2, period: .seconds(60), firstDelay: .seconds(1))
        #expect(limiter.processDied(at: self.start) == .seconds(1))
        #expect(limiter.processDied(at: self.start + .seconds(30)) == .seconds(2))
        #expect(limiter.processDied(at: self.start + .seconds(60)) == nil)
        #expect(limiter.processDied(at: self.start + .seconds(61)) == .seconds(2))
        #expect(limiter.processDied(at: self.start + .seconds(200)) == .seconds(1))
    }

    @Test func `a limit of zero allows no restart`() {
        var limiter = RestartLimiter(intensity: 0, period: .seconds(60), firstDelay: .seconds(1))
        #expect(limiter.processDied(at: self.start) == nil)
    }

    @Test func `many restarts do not make the wait overflow`() {
        var limiter = RestartLimiter(intensity: 100, period: .seconds(60), firstDelay: .seconds(1))
        let delays = (0..<100).compactMap { _ in limiter.processDied(at: self.start) }
        #expect(delays.count == 100)
        #expect(delays.max() == .seconds(1024))
    }
}
