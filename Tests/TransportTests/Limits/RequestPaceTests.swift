import NIOCore
import Testing

@testable import Transport

@Suite
struct RequestPaceTests {
    private static let limits = RequestPace.Limits(
        timeout: .seconds(30),
        minimumRate: 1000,
        maximumTime: .seconds(100),
        idle: .seconds(60)
    )
    private let start = NIODeadline.now()

    private func pace(_ form: RequestPace.Form = .requests) -> RequestPace {
        RequestPace(Self.limits, form: form, now: self.start)
    }

    private func at(_ seconds: Int64) -> NIODeadline { self.start + .seconds(seconds) }

    @Test func `the first head is due from the beginning, whether bytes come or not`() {
        var pace = self.pace()
        #expect(pace.deadline == self.at(30))
        for second in 1..<30 { pace.bytesArrived(1, now: self.at(Int64(second))) }
        #expect(pace.violation(now: self.at(29)) == nil)
        #expect(pace.violation(now: self.at(30)) == .head)
    }

    @Test func `a body gets the time its bytes earn, up to a limit`() {
        var pace = self.pace()
        pace.headArrived(now: self.at(1))
        #expect(pace.deadline == self.at(31))
        pace.bytesArrived(10_000, now: self.at(5))
        #expect(pace.deadline == self.at(41))
        pace.bytesArrived(10_000_000, now: self.at(6))
        #expect(pace.deadline == self.at(101))
        #expect(pace.violation(now: self.at(101)) == .body)
        pace.ended(now: self.at(50))
        #expect(pace.deadline == nil)
    }

    @Test func `while it is answered a client owes nothing, then it is idle`() {
        var pace = self.pace()
        pace.headArrived(now: self.at(0))
        pace.ended(now: self.at(0))
        #expect(pace.deadline == nil)
        pace.bytesArrived(10, now: self.at(500))
        #expect(pace.deadline == nil)
        pace.answered(now: self.at(1000))
        #expect(pace.violation(now: self.at(1030)) == .head)

        pace.headArrived(now: self.at(1001))
        pace.ended(now: self.at(1001))
        pace.answered(now: self.at(1002))
        #expect(pace.deadline == self.at(1062))
        #expect(pace.violation(now: self.at(1062)) == .idle)
    }

    @Test func `requests in one go are idle only when the last is answered`() {
        var pace = self.pace()
        for _ in 0..<3 {
            pace.headArrived(now: self.at(0))
            pace.ended(now: self.at(0))
        }
        pace.answered(now: self.at(1))
        pace.answered(now: self.at(2))
        #expect(pace.deadline == nil)
        pace.answered(now: self.at(3))
        #expect(pace.deadline == self.at(63))
    }

    @Test func `a WebSocket may be silent, but not in the middle of a message`() {
        var pace = self.pace()
        pace.headArrived(now: self.at(0))
        pace.upgraded(now: self.at(1))
        #expect(pace.deadline == nil)
        pace.bytesArrived(5000, now: self.at(100))
        #expect(pace.deadline == self.at(135))
        pace.ended(now: self.at(101))
        #expect(pace.deadline == nil)
    }
}
