import NIOHTTP1
import Testing

@testable import Transport

@Suite
struct HTTP1RequestsTests {
    private static func head(
        _ version: HTTPVersion = .http1_1,
        _ uri: String = "/health",
        _ headers: HTTPHeaders = ["Host": "localhost"]
    ) -> HTTPRequestHead {
        HTTPRequestHead(version: version, method: .GET, uri: uri, headers: headers)
    }

    private static func refusal(_ action: HTTP1Requests.Action) -> String? {
        guard case .refuse(let problem) = action else { return nil }
        return problem.code
    }

    @Test func `a request that is read before it is answered keeps the connection`() {
        var requests = HTTP1Requests(ConnectionLimits())
        for _ in 0..<3 {
            #expect(requests.headArrived(Self.head()) == .pass)
            #expect(requests.bodyArrived() == .pass && requests.endArrived() == .pass)
            #expect(requests.answerBegan() == (false, false))
            #expect(requests.answerEnded() == false)
        }
    }

    @Test func `one that is answered before it is read ends the connection, and the rest is dropped`() {
        var requests = HTTP1Requests(ConnectionLimits())
        #expect(requests.headArrived(Self.head()) == .pass)
        #expect(requests.bodyArrived() == .pass)
        #expect(requests.answerBegan() == (false, true))
        #expect(requests.bodyArrived() == .pass)
        #expect(requests.answerEnded() == true)
        #expect(requests.bodyArrived() == .drop && requests.endArrived() == .drop)
        #expect(requests.headArrived(Self.head()) == .drop)
    }

    @Test func `HTTP/1.0 ends with its answer`() {
        var requests = HTTP1Requests(ConnectionLimits())
        #expect(requests.headArrived(Self.head(.http1_0, "/", [:])) == .pass)
        #expect(requests.endArrived() == .pass)
        #expect(requests.answerBegan() == (true, true))
        #expect(requests.answerEnded() == true)
    }

    @Test func `of too many in one go the first are answered`() {
        var limits = ConnectionLimits()
        limits.maximumPipelinedRequests = 2
        var requests = HTTP1Requests(limits)
        for _ in 0..<2 {
            #expect(requests.headArrived(Self.head()) == .pass)
            #expect(requests.endArrived() == .pass)
        }
        #expect(requests.headArrived(Self.head()) == .finish)
        #expect(requests.endArrived() == .drop)
        #expect(requests.answerBegan() == (false, false))
        #expect(requests.answerEnded() == false)
        #expect(requests.answerBegan() == (false, true))
        #expect(requests.answerEnded() == true)
    }

    @Test func `a fault behind a request that is being answered waits for the answer`() {
        var requests = HTTP1Requests(ConnectionLimits())
        #expect(requests.headArrived(Self.head()) == .pass && requests.endArrived() == .pass)
        #expect(requests.failed(Problem(.badRequest, "")) == .finish)
        #expect(!requests.hasRefused)
        #expect(requests.answerBegan() == (false, true))
        #expect(requests.answerEnded() == true)
    }

    @Test func `a fault in the body of the only request is refused at once, and only once`() {
        var requests = HTTP1Requests(ConnectionLimits())
        #expect(requests.headArrived(Self.head()) == .pass)
        #expect(Self.refusal(requests.failed(Problem(.badRequest, ""))) == "bad_request")
        #expect(requests.hasRefused)
        #expect(requests.failed(Problem(.badRequest, "")) == .drop)
    }

    @Test func `a client that closes its side is done with, unless it waits for an answer`() {
        var requests = HTTP1Requests(ConnectionLimits())
        #expect(requests.inputClosed() == .close)
        requests = HTTP1Requests(ConnectionLimits())
        #expect(requests.headArrived(Self.head()) == .pass)
        #expect(requests.inputClosed() == .close)
        requests = HTTP1Requests(ConnectionLimits())
        #expect(requests.headArrived(Self.head()) == .pass && requests.endArrived() == .pass)
        #expect(requests.inputClosed() == .finish)
    }

    @Test(arguments: [
        HTTPHeaders(), ["Host": "a", "host": "b"], ["Host": "a", "Transfer-Encoding": "gzip"],
        ["Host": "a", "Transfer-Encoding": "chunked, identity"],
        ["Host": "a", "Transfer-Encoding": "chunked", "Content-Length": "3"],
        ["Host": "a", "Content-Length": "3", "content-length": "4"],
    ])
    func `a head that can be read in two ways is refused`(headers: HTTPHeaders) {
        var requests = HTTP1Requests(ConnectionLimits())
        #expect(Self.refusal(requests.headArrived(Self.head(.http1_1, "/", headers))) == "bad_request")
    }

    @Test func `a target has a length, a version is one`() {
        var requests = HTTP1Requests(ConnectionLimits())
        let long = "/" + String(repeating: "x", count: 8192)
        #expect(Self.refusal(requests.headArrived(Self.head(.http1_1, long))) == "target_too_long")
        requests = HTTP1Requests(ConnectionLimits())
        #expect(Self.refusal(requests.headArrived(Self.head(HTTPVersion(major: 2, minor: 0)))) == "bad_request")
        requests = HTTP1Requests(ConnectionLimits())
        let old: HTTPHeaders = ["Host": "a", "Transfer-Encoding": "chunked"]
        #expect(Self.refusal(requests.headArrived(Self.head(.http1_0, "/", old))) == "bad_request")
    }
}
