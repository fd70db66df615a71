import Hummingbird
import NIOCore

/// The body of a request with `Expect: 100-continue`: the client is told to send it when somebody reads it, and not when
/// the request is refused before (RFC 9110 §10.1.1).
struct ContinuedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let body: RequestBody
    let channel: any Channel

    /// The request with such a body; as it was when it expects nothing.
    ///
    /// - Throws: `Problem` when it expects what we do not know.
    static func wrap(_ request: Request, _ channel: any Channel) throws(Problem) -> Request {
        guard let expectation = request.headers[.expect] else { return request }
        guard expectation.lowercased() == "100-continue" else {
            throw Problem(.expectationFailed, "The only expectation this server meets is 100-continue.")
        }
        var request = request
        request.body = RequestBody(asyncSequence: ContinuedBody(body: request.body, channel: channel))
        return request
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        private var body: RequestBody.AsyncIterator
        private let channel: any Channel
        private var hasBegun = false

        init(_ body: RequestBody.AsyncIterator, _ channel: any Channel) {
            self.body = body
            self.channel = channel
        }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            if !self.hasBegun {
                self.hasBegun = true
                let channel = self.channel
                channel.eventLoop.execute {
                    try? channel.pipeline.syncOperations.handler(type: StreamOutlet.self).sayContinue()
                }
            }
            return try await self.body.next(isolation: actor)
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(self.body.makeAsyncIterator(), self.channel)
    }
}
