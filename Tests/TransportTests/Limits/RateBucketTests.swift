import Testing

@testable import Transport

@Suite
struct RateBucketTests {
    private let start = ContinuousClock.now

    @Test func `a full bucket gives its whole quota at once, and no more`() {
        var bucket = RateBucket(now: self.start)
        for left in (0..<10).reversed() {
            let decision = bucket.take(of: 10, now: self.start)
            #expect(decision.isAdmitted && decision.remaining == left && decision.quota == 10)
        }
        let refused = bucket.take(of: 10, now: self.start)
        #expect(refused.retryAfter == .seconds(6) && refused.remaining == 0 && refused.reset == .seconds(60))
    }

    @Test func `it fills again evenly, and who comes when told is let through`() throws {
        var bucket = RateBucket(now: self.start)
        for _ in 0..<60 { _ = bucket.take(of: 60, now: self.start) }
        let wait = try #require(bucket.take(of: 60, now: self.start).retryAfter)
        #expect(!bucket.take(of: 60, now: self.start + wait - .milliseconds(1)).isAdmitted)
        #expect(bucket.take(of: 60, now: self.start + wait).isAdmitted)
        #expect(!bucket.take(of: 60, now: self.start + wait).isAdmitted)
        #expect(bucket.take(of: 60, now: self.start + .seconds(31)).remaining == 29)
    }

    @Test func `after a minute of rest it is full, and never more than full`() {
        var bucket = RateBucket(now: self.start)
        for _ in 0..<5 { _ = bucket.take(of: 5, now: self.start) }
        #expect(bucket.state(of: 5, now: self.start + .seconds(60)).remaining == 5)
        #expect(bucket.state(of: 5, now: self.start + .seconds(6000)).remaining == 5)
        #expect(bucket.take(of: 5, now: self.start + .seconds(6000)).remaining == 4)
    }

    @Test func `a refusal costs nothing`() {
        var bucket = RateBucket(now: self.start)
        _ = bucket.take(of: 1, now: self.start)
        let before = bucket
        for _ in 0..<100 { _ = bucket.take(of: 1, now: self.start + .seconds(30)) }
        #expect(bucket == before)
    }

    @Test func `what costs more than the quota costs the quota`() {
        var bucket = RateBucket(now: self.start)
        #expect(bucket.take(50, of: 10, now: self.start).isAdmitted)
        #expect(bucket.take(50, of: 10, now: self.start).retryAfter == .seconds(60))
    }

    /// In any minute no more than twice the quota, and over a long time no more than the quota a minute.
    @Test(arguments: [1, 7, 60, 1000])
    func `over time no more than the quota gets through`(quota: Int) {
        var bucket = RateBucket(now: self.start)
        var admitted = 0
        for step in 0..<6000 where bucket.take(of: quota, now: self.start + .milliseconds(step * 50)).isAdmitted {
            admitted += 1
        }
        #expect(admitted <= quota * 6 && admitted >= min(6000, quota * 5), "\(admitted) in 300 s")
    }
}
