import Testing

@testable import Actors

@Suite struct ViewerNoticesTests {
    private static let start = ContinuousClock.now

    @Test func `the first is told at once, the others together when their time has come`() {
        var notices = ViewerNotices()
        #expect(notices.changed(to: 1, now: Self.start) == .init(type: "viewer.joined", viewers: 1))
        for count in 2...1000 { #expect(notices.changed(to: count, now: Self.start) == nil) }
        #expect(notices.deadline == Self.start + ViewerNotices.interval)
        #expect(notices.due(now: Self.start + .milliseconds(999)) == nil)
        let due = Self.start + ViewerNotices.interval
        #expect(notices.due(now: due) == .init(type: "viewer.joined", viewers: 1000))
        #expect(notices.deadline == nil && notices.due(now: due) == nil)
        #expect(notices.changed(to: 999, now: due + .seconds(5)) == .init(type: "viewer.left", viewers: 999))
    }

    @Test func `who comes and goes within the time is not told of`() {
        var notices = ViewerNotices()
        _ = notices.changed(to: 1, now: Self.start)
        #expect(notices.changed(to: 2, now: Self.start) == nil)
        #expect(notices.changed(to: 1, now: Self.start) == nil)
        #expect(notices.deadline == nil)
    }

    @Test func `nobody is told that nobody is there`() {
        var notices = ViewerNotices()
        _ = notices.changed(to: 2, now: Self.start)
        #expect(notices.changed(to: 0, now: Self.start + .seconds(9)) == nil)
        #expect(notices.deadline == nil)
        #expect(notices.changed(to: 1, now: Self.start + .seconds(9)) == .init(type: "viewer.joined", viewers: 1))
    }
}
