import NIOCore
import NIOHTTP1

/// The requests of one HTTP/1 connection: which are taken, which answer is the last; decides only.
///
/// Answers leave in the order of their requests. A refusal ends the connection: after one, nobody can be sure where the
/// next request begins (RFC 9112 §11.2).
struct HTTP1Requests {
    /// What becomes of something that came in.
    enum Action: Equatable {
        case pass
        case drop
        /// Answered by the connection itself, which then closes.
        case refuse(Problem)
        /// Dropped; the connection closes when the answers that are due have left.
        case finish
        /// Dropped, and nothing is due: the connection closes.
        case close
    }

    private struct Request {
        let isOld: Bool
        var isLast: Bool
    }

    private let limits: ConnectionLimits
    /// Those not answered yet, oldest first: a client may send the next before it has its answer.
    private var unanswered: CircularBuffer<Request> = []
    /// A head has come, its end has not.
    private(set) var isReading = false
    /// The head of the answer to the oldest has been written.
    private var hasBegunAnswer = false
    /// Nothing more is taken.
    private var isEnding = false
    /// The connection has spoken for itself; what others say is dropped.
    private(set) var hasRefused = false

    init(_ limits: ConnectionLimits) {
        self.limits = limits
    }

    // MARK: What the client sends

    mutating func headArrived(_ head: HTTPRequestHead) -> Action {
        guard !self.isEnding else { return .drop }
        if let problem = self.flaw(of: head) { return self.refuse(problem) }
        guard self.unanswered.count < self.limits.maximumPipelinedRequests else { return self.finish() }
        let isOld = head.version == .http1_0
        self.unanswered.append(Request(isOld: isOld, isLast: isOld || !head.isKeepAlive))
        self.isReading = true
        return .pass
    }

    mutating func bodyArrived() -> Action {
        self.isEnding ? .drop : .pass
    }

    mutating func endArrived() -> Action {
        self.isReading = false
        return self.isEnding ? .drop : .pass
    }

    /// What came is no HTTP, or takes too long.
    mutating func failed(_ problem: Problem) -> Action {
        self.refuse(problem)
    }

    /// The client sends nothing more.
    mutating func inputClosed() -> Action {
        guard !self.unanswered.isEmpty, !self.isReading else { return .close }
        return self.finish()
    }

    // MARK: What it is answered

    /// The head of an answer, a final one, is to be written.
    ///
    /// - Returns: whether the client is of HTTP/1.0, and whether the connection closes after it.
    mutating func answerBegan() -> (isOld: Bool, isLast: Bool) {
        self.hasBegunAnswer = true
        guard !self.unanswered.isEmpty else { return (false, true) }
        // Answered before it was read: the rest of it is not waited for.
        if self.unanswered.count == 1, self.isReading { self.unanswered[self.unanswered.startIndex].isLast = true }
        let request = self.unanswered[self.unanswered.startIndex]
        return (request.isOld, request.isLast)
    }

    /// An answer is complete; true when the connection closes after it.
    mutating func answerEnded() -> Bool {
        self.hasBegunAnswer = false
        let isLast = self.unanswered.popFirst()?.isLast ?? true
        if isLast { self.isEnding = true }
        return isLast
    }

    // MARK: Steps

    /// The connection itself answers when nothing else can have begun to.
    private mutating func refuse(_ problem: Problem) -> Action {
        guard !self.isEnding else { return .drop }
        let answersAreDue = self.unanswered.count - (self.isReading ? 1 : 0) > 0 || self.hasBegunAnswer
        guard !answersAreDue else { return self.finish() }
        self.isEnding = true
        self.hasRefused = true
        return .refuse(problem)
    }

    private mutating func finish() -> Action {
        self.isEnding = true
        guard !self.unanswered.isEmpty else { return .close }
        self.unanswered[self.unanswered.index(before: self.unanswered.endIndex)].isLast = true
        return .finish
    }

    /// What makes a request none that we or a proxy before us could read in two ways (RFC 9112 §3.2, §6.1, §11).
    private func flaw(of head: HTTPRequestHead) -> Problem? {
        let headers = head.headers
        guard head.uri.utf8.count <= self.limits.maximumTargetBytes else {
            return Problem(.targetTooLong, "The target is longer than \(self.limits.maximumTargetBytes) bytes.")
        }
        guard head.version.major == 1 else { return Problem(.badRequest, "This is no version of HTTP/1.") }
        let hosts = headers[canonicalForm: "host"].count
        guard hosts == 1 || hosts == 0 && head.version == .http1_0 else {
            return Problem(.badRequest, "A request has one Host.")
        }
        let codings = headers[canonicalForm: "transfer-encoding"]
        guard codings.isEmpty || codings.count == 1 && codings[0].lowercased() == "chunked" else {
            return Problem(.badRequest, "The only transfer coding is chunked.")
        }
        guard codings.isEmpty || head.version == .http1_1 && !headers.contains(name: "content-length") else {
            return Problem(.badRequest, "The length of the body can be read in two ways.")
        }
        guard headers["content-length"].count <= 1 else { return Problem(.badRequest, "There is one Content-Length.") }
        return nil
    }
}
