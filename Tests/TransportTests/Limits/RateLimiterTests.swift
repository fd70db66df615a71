import HTTPTypes
import Testing

@testable import Transport

@Suite
struct RateLimiterTests {
    private let start = ContinuousClock.now

    @Test func `callers and classes have quotas of their own`() {
        let limiter = RateLimiter(RateLimits(light: 2, work: 1, stream: 1))
        #expect(limiter.admit("a", .work, now: self.start)?.isAdmitted == true)
        #expect(limiter.admit("a", .work, now: self.start)?.isAdmitted == false)
        #expect(limiter.admit("a", .light, now: self.start)?.isAdmitted == true)
        #expect(limiter.admit("a", .stream, now: self.start)?.isAdmitted == true)
        #expect(limiter.admit("b", .work, now: self.start)?.isAdmitted == true)
        #expect(limiter.admit("a", .open, now: self.start) == nil)
    }

    @Test func `a key's own quota is for work, and takes the place of the server's`() {
        let limiter = RateLimiter(RateLimits(light: 1, work: 1))
        for _ in 0..<3 { #expect(limiter.admit("a", .work, ownQuota: 3, now: self.start)?.isAdmitted == true) }
        #expect(limiter.admit("a", .work, ownQuota: 3, now: self.start)?.isAdmitted == false)
        #expect(limiter.admit("a", .light, ownQuota: 3, now: self.start)?.quota == 1)
        #expect(RateLimiter(.none).admit("a", .work, ownQuota: 3, now: self.start)?.quota == 3)
    }

    @Test func `without limits nothing is counted`() {
        let limiter = RateLimiter(.none)
        for _ in 0..<1000 { #expect(limiter.admit("a", .work, now: self.start) == nil) }
        #expect(limiter.failed(AddressBlock(IPAddress("10.0.0.1")), now: self.start) == nil)
        #expect(limiter.count == 0)
    }

    @Test func `other limits are in force at once`() {
        let limiter = RateLimiter(RateLimits(work: 1))
        _ = limiter.admit("a", .work, now: self.start)
        #expect(limiter.admit("a", .work, now: self.start)?.isAdmitted == false)
        limiter.set(RateLimits(work: 60))
        #expect(limiter.admit("a", .work, now: self.start + .seconds(1))?.isAdmitted == true)
    }

    @Test func `wrong keys are counted by address, 64 bits of one where it is IPv6`() {
        let limiter = RateLimiter(RateLimits(failures: 2))
        let one = AddressBlock(IPAddress("2001:db8:1:2::1")), two = AddressBlock(IPAddress("2001:db8:1:2:3::9"))
        #expect(limiter.failed(one, now: self.start) == nil)
        #expect(limiter.failed(two, now: self.start) == nil)
        #expect(limiter.failed(one, now: self.start) == .seconds(30))
        #expect(limiter.failed(AddressBlock(IPAddress("2001:db8:1:3::1")), now: self.start) == nil)
    }

    @Test func `a flood of callers cannot make it grow, and who used the most is remembered`() {
        let limiter = RateLimiter(RateLimits(work: 100), maximumCallers: 1000)
        for _ in 0..<100 { _ = limiter.admit("busy", .work, now: self.start) }
        for index in 0..<50_000 {
            _ = limiter.admit("stranger \(index)", .work, now: self.start + .microseconds(index))
            #expect(limiter.count <= 1000)
        }
        #expect(limiter.admit("busy", .work, now: self.start + .milliseconds(100))?.isAdmitted == false)
    }

    @Test func `who is quiet for a minute is forgotten when room is needed`() {
        var table = RateTable<Int>(maximumCount: 100)
        for key in 0..<100 {
            var bucket = table.bucket(key, now: self.start)
            _ = bucket.take(of: 10, now: self.start)
            table.set(key, bucket, now: self.start)
        }
        let later = self.start + .seconds(60)
        table.set(100, table.bucket(100, now: later), now: later)
        #expect(table.count == 1)
    }

    @Test func `a decision is told in both spellings`() {
        let limiter = RateLimiter(RateLimits(work: 60))
        var fields = HTTPFields()
        limiter.admit("a", .work, now: self.start)?.add(to: &fields, .work)
        let told = Dictionary(uniqueKeysWithValues: fields.map { ($0.name.rawName, $0.value) })
        #expect(
            told == [
                "RateLimit-Policy": "\"work\";q=60;w=60", "RateLimit": "\"work\";r=59;t=1", "RateLimit-Limit": "60",
                "RateLimit-Remaining": "59", "RateLimit-Reset": "1",
            ]
        )
    }
}
