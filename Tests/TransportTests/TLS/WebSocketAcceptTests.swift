import Testing

@testable import Transport

@Suite struct WebSocketAcceptTests {
    @Test func `the key of RFC 6455 §1.3 has the answer given there`() {
        #expect(WebSocketAccept.key(for: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(arguments: [
        "", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ==\n",
        " dGhlIHNhbXBsZSBub25jZ==",
        "dGhlIHNhbXBsZSBub25jZTEy", "dGhlIHNhbXBsZSBub25jZTE=", "dGhlIHNhbXBsZSBub25j=Q==", "dGhlIHNhbXBsZSBub25j-Q==",
        "dGhlIHNhbXBsZSBub25jé==",
    ])
    func `what is not 16 bytes in base64 has no answer`(key: String) {
        #expect(WebSocketAccept.key(for: key) == nil)
    }
}
