import Logging
import Testing

@testable import App

@Suite struct LogRedactionTests {
    @Test(arguments: [
        "authorization", "request.authorization", "Cookie", "set-cookie", "key.token", "api_key", "x-api-key",
        "password",
        "client_secret", "ticket", "prompt", "message.content",
    ])
    func `the value of a telling name is not written`(name: String) {
        #expect(LogRedaction.clean([name: "hush"]) == [name: "[redacted]"])
        #expect(LogRedaction.clean(["outer": [name: "hush"]]) == ["outer": [name: "[redacted]"]])
    }

    @Test(arguments: ["tokens.input", "key.id", "session.id", "error.code", "request.route", "prompts", "reason"])
    func `other names keep their values`(name: String) {
        #expect(LogRedaction.clean([name: "7"]) == [name: "7"])
    }

    @Test(arguments: [
        ("refused Bearer abc.def, then left", "refused [redacted], then left"),
        ("troupe_k12345678_secretsecret", "[redacted]"),
        (#"{"key":"sk-ant-api03-xyz"} and troupe_kx_y"#, #"{"key":"[redacted]"} and [redacted]"#),
        ("nothing to see", "nothing to see"),
    ])
    func `what looks like a token is taken out of any value`(text: String, clean: String) {
        #expect(LogRedaction.clean(["reason": "\(text)"]) == ["reason": "\(clean)"])
    }
}
