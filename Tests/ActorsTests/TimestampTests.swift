import Foundation
import Testing

@testable import Actors

@Suite struct TimestampTests {
    @Test func `times are RFC 3339 in UTC with milliseconds`() throws {
        for _ in 0..<1000 {
            let text = Timestamp.now()
            #expect(text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        }
    }

    @Test func `an instant to come is as far away on the wall clock`() throws {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let now = ContinuousClock.now
        let before = Date.now
        let later = try style.parse(Timestamp.of(now + .seconds(3600), now: now))
        #expect(abs(later.timeIntervalSince(before) - 3600) < 10)
        #expect(Timestamp.of(now + .seconds(Int64.max), now: now).isEmpty == false)
    }
}
