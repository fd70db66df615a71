import NIOCore
import Testing

@testable import Agent

@Suite struct ApiRetryTests {
    @Test func `a retry without an HTTP answer has no status`() throws {
        let line = try #require(Transcript("api_down.jsonl").lines(type: "system", subtype: "api_retry").first)
        let retry = try ApiRetry(line)
        #expect(retry.attempt == 1)
        #expect(retry.maxRetries == 2)
        #expect(retry.retryDelayMS == 608)
        #expect(retry.errorStatus == nil)
        #expect(retry.error == "unknown")
    }

    @Test func `a retry has the status that was answered`() throws {
        let lines = try Transcript("api_error_400.jsonl").lines(type: "system", subtype: "api_retry")
        let retries = try lines.map { try ApiRetry($0) }
        #expect(retries.map(\.attempt) == Array(1...retries.count))
        #expect(retries.first?.errorStatus == 401)
        #expect(retries.first?.error == "authentication_failed")
    }

    @Test(arguments: ["{}", #"{"type":"system","subtype":"init"}"#, #"{"type":"system","subtype":"api_retry"}"#])
    func `another line is none`(line: String) {
        #expect(throws: AgentError.self) { try ApiRetry(json(line)) }
    }
}
