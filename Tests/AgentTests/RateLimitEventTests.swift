import NIOCore
import Testing

@testable import Agent

@Suite struct RateLimitEventTests {
    /// No recording has one, for it comes with subscriptions only: the shape is that of the CLI's message schema.
    @Test func `what the schema declares is read`() throws {
        let line =
            #"{"type":"rate_limit_event","rate_limit_info":{"status":"allowed_warning","resetsAt":1795252491,"#
            + #""rateLimitType":"five_hour","utilization":0.92,"isUsingOverage":false},"uuid":"u","session_id":"s"}"#
        let event = try RateLimitEvent(json(line))
        #expect(event.status == "allowed_warning")
        #expect(event.resetsAt == 1_795_252_491)
        #expect(event.rateLimitType == "five_hour")
        #expect(event.utilization == 0.92)
        let least = try RateLimitEvent(json(#"{"type":"rate_limit_event","rate_limit_info":{"status":"allowed"}}"#))
        #expect(least.resetsAt == nil && least.rateLimitType == nil && least.utilization == nil)
    }

    @Test(arguments: ["{}", #"{"type":"rate_limit_event"}"#, #"{"type":"rate_limit_event","rate_limit_info":{}}"#])
    func `another line is none`(line: String) {
        #expect(throws: AgentError.self) { try RateLimitEvent(json(line)) }
    }
}
