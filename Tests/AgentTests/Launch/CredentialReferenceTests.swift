import Foundation
import Logging
import SystemPackage
import Testing

@testable import Agent

/// `CredentialReference`.
@Suite struct CredentialReferenceTests {
    @Test(arguments: ["", "KEY", "/etc/key", "env:", "file:relative", "env:A=B", "ENV:A", "vault:x"])
    func `what is no reference is none`(text: String) {
        #expect(CredentialReference(text) == nil)
    }

    @Test func `a key and a token go by different names`() throws {
        let environment = ["TEAM": "sk-ant-api03-x\n", "MINE": "  sk-ant-oat01-y  ", "BAD": "a\u{7}b", "EMPTY": ""]
        #expect(try CredentialReference.variable("TEAM").read(environment) == ["ANTHROPIC_API_KEY": "sk-ant-api03-x"])
        #expect(
            try CredentialReference.variable("MINE").read(environment) == ["CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-y"]
        )
        for name in ["BAD", "EMPTY", "NONE"] {
            let error = #expect(throws: AgentError.self) { try CredentialReference.variable(name).read(environment) }
            #expect(error?.code == .credentialMissing)
            #expect(error?.description.contains(name) == false)
        }
        #expect(throws: AgentError.self) { try CredentialReference.file("/nonexistent").read([:]) }
    }

    @Test func `a child has its own credential and none of the server's`() async throws {
        let script = try Script(
            #"echo "{\"type\":\"env\",\"key\":\"$ANTHROPIC_API_KEY\",\"other\":\"$ANTHROPIC_AUTH_TOKEN\"}""#
        )
        let secret = try Script("")
        defer {
            script.remove()
            secret.remove()
        }
        try "team-key\n".write(toFile: secret.path.string, atomically: false, encoding: .utf8)
        var launch = script.launch()
        launch.inheritedEnvironment["ANTHROPIC_API_KEY"] = "server-key"
        launch.extraEnvironment["ANTHROPIC_AUTH_TOKEN"] = "server-token"
        launch.credential = .file(secret.path)
        let handler = RecordingHandler()
        let runner = ProcessRunner(logger: Logger(label: "test"))
        #expect(await runner.run(launch, handler: handler).code == 0)
        let object = try #require(await handler.lines.first.flatMap { JSONObject($0.bytes) })
        #expect(object.string("key") == "team-key" && object.string("other") == "")
        // What is compared, shown or logged of a launch has no credential in it.
        #expect(!launch.environment.values.contains("team-key"))

        launch.credential = .variable("TROUPE_TEST_NOT_THERE")
        let exit = await runner.run(launch, handler: RecordingHandler())
        #expect(exit.launchFailure == "the credential of the session cannot be read")
    }
}
