import Testing

@testable import Transport

/// Whose request it is: the rules, in their order.
struct SurfaceDoorTests {
    @Test(
        arguments: [
            ("/v1/sessions", nil, "/v1/sessions"),
            ("/health", nil, "/health"),
            ("/api/v2/prompt", nil, "/api/v2/prompt"),
            ("/compat/other/x", nil, "/compat/other/x"),
            ("/compat/clinvk/api/v1/prompt", .clinvoker, "/compat/clinvk/api/v1/prompt"),
            ("/compat/clinvk", .clinvoker, "/compat/clinvk"),
            ("/compat/clinvkx/health", nil, "/compat/clinvkx/health"),
            ("/compat/clinvk/openai/v1/models?x=1", .openAI, "/openai/v1/models?x=1"),
            ("/openai/v1/models", .openAI, "/openai/v1/models"),
            ("/anthropic/v1/v1/messages", .anthropic, "/anthropic/v1/v1/messages"),
            ("/api/v1/prompt", .clinvoker, "/compat/clinvk/api/v1/prompt"),
            ("/query", .sdkServer, "/compat/sdk/query"),
            ("/session/x/query", .sdkServer, "/compat/sdk/session/x/query"),
            ("/sessions?x=/api", .sdkServer, "/compat/sdk/sessions?x=/api"),
            ("/api/v1/sessions", .shared, "/compat/shared/api/v1/sessions"),
            ("/api/v1/sessions/x", .shared, "/compat/shared/api/v1/sessions/x"),
            ("/api/v1/health", .shared, "/compat/shared/api/v1/health"),
            ("/api/v1/sessions/x/chat/stream", .codeAPI, "/compat/cca/api/v1/sessions/x/chat/stream"),
            ("/api/v1/sessions/x/stream?prompt=y", .codingAgents, "/compat/mcpapi/api/v1/sessions/x/stream?prompt=y"),
            ("/api/v1/models", .codingAgents, "/compat/mcpapi/api/v1/models"),
            ("/api/v1/templates/x", .codeAPI, "/compat/cca/api/v1/templates/x"),
        ] as [(String, Surface?, String)]
    )
    func `a path that one system has goes there`(target: String, surface: Surface?, inner: String) {
        let entered = SurfaceDoor.enter(target, profile: nil, listener: nil)
        #expect(entered.surface == surface && entered.target == inner)
    }

    @Test func `a port beats a profile, a prefix beats both`() {
        let port = SurfaceDoor.enter("/api/v1/sessions", profile: "004", listener: .codeAPI)
        #expect(port.surface == .codeAPI && port.target == "/compat/cca/api/v1/sessions")
        let profile = SurfaceDoor.enter("/api/v1/sessions", profile: "004", listener: nil)
        #expect(profile.surface == .codingAgents)
        let prefix = SurfaceDoor.enter("/compat/sdk/sessions", profile: "004", listener: .codeAPI)
        #expect(prefix.surface == .sdkServer && prefix.target == "/compat/sdk/sessions")
        #expect(SurfaceDoor.enter("/v1/sessions", profile: "nonsense", listener: nil).surface == nil)
        // On its own port a system has nothing but its own paths.
        #expect(
            SurfaceDoor.enter("/v1/sessions", profile: nil, listener: .sdkServer).target == "/compat/sdk/v1/sessions"
        )
        #expect(SurfaceDoor.enter("/openai/v1/models", profile: nil, listener: .clinvoker).surface == .openAI)
    }
}
