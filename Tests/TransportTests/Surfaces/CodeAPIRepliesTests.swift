import NIOCore
import Testing

@testable import Transport

struct CodeAPIRepliesTests {
    private let replies = CodeAPIReplies()
    private let answer = ByteBuffer(string: "{}")
    private let start = ContinuousClock.now

    @Test func `an answer is given again for five minutes`() {
        #expect(self.replies.begin("a", "1", now: self.start) == .new)
        #expect(self.replies.begin("a", "1", now: self.start) == .running)
        self.replies.finished("a", self.answer, now: self.start)
        #expect(self.replies.begin("a", "1", now: self.start + .seconds(299)) == .known(self.answer))
        #expect(self.replies.begin("a", "1", now: self.start + .seconds(300)) == .new)
    }

    @Test func `a key stands for one thing, and each name has keys of its own`() {
        #expect(self.replies.begin("a", "1", now: self.start) == .new)
        #expect(self.replies.begin("a", "2", now: self.start) == .conflict)
        #expect(self.replies.begin("b", "2", now: self.start) == .new)
    }

    @Test func `what came to nothing is asked again`() {
        #expect(self.replies.begin("a", "1", now: self.start) == .new)
        self.replies.finished("a", nil, now: self.start)
        #expect(self.replies.begin("a", "2", now: self.start) == .new)
    }

    @Test func `a thousand are kept, and the oldest goes for one more`() {
        for number in 0...CodeAPIReplies.maximumCount {
            #expect(self.replies.begin("\(number)", "1", now: self.start) == .new)
            self.replies.finished("\(number)", self.answer, now: self.start)
        }
        #expect(self.replies.count == CodeAPIReplies.maximumCount)
        #expect(self.replies.begin("0", "1", now: self.start) == .new)
        #expect(self.replies.begin("1", "1", now: self.start) == .known(self.answer))
    }
}
