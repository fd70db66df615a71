import Testing

@testable import Actors

/// What a turn waits for, told from what is heard of it.
@Suite struct TurnActivityTests {
    private let start = ContinuousClock.now

    private func waits(after notes: [TurnActivity.Note]) -> WaitingOn? {
        var activity = TurnActivity(now: self.start)
        for note in notes { activity.take(note, now: self.start) }
        return activity.waitingOn
    }

    @Test(
        arguments: [
            ([], .api),
            ([.other], .api),
            ([.writing], nil),
            ([.writing, .other], nil),
            ([.retrying], .apiRetry),
            ([.retrying, .writing], nil),
            ([.retrying, .requesting], .api),
            ([.writing, .toolsStarted(["a"])], .tool),
            ([.toolsStarted(["a", "b"]), .toolsFinished(["a"])], .tool),
            ([.toolsStarted(["a", "b"]), .toolsFinished(["a"]), .toolsFinished(["b"])], .api),
            ([.toolsStarted(["a"]), .toolsFinished(["unknown"])], .tool),
            ([.toolsStarted(["a"]), .writing], .tool),
            ([.writing, .toolsFinished(["unknown"])], .api),
        ] as [([TurnActivity.Note], WaitingOn?)]
    )
    func `what is heard says what it waits for`(notes: [TurnActivity.Note], expected: WaitingOn?) {
        #expect(self.waits(after: notes) == expected)
    }

    @Test func `stuck is more than anything else, until something is heard`() {
        var activity = TurnActivity(now: self.start)
        activity.take(.toolsStarted(["a"]), now: self.start)
        activity.becameStuck()
        #expect(activity.waitingOn == .stuck)
        activity.take(.other, now: self.start + .seconds(1))
        #expect(activity.waitingOn == .tool)
        #expect(activity.lastLine == self.start + .seconds(1))
    }

    @Test func `a person's answer ends the silence, not what it waits for`() {
        var activity = TurnActivity(now: self.start)
        activity.take(.toolsStarted(["a"]), now: self.start)
        activity.personAnswered(now: self.start + .seconds(9))
        #expect(activity.lastLine == self.start + .seconds(9))
        #expect(activity.waitingOn == .tool)
    }
}
