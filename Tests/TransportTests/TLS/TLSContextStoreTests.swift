import Foundation
import Testing

@testable import Transport

@Suite(.enabled(if: TLSFixture.hasOpenSSL, "the openssl command is not installed"))
struct TLSContextStoreTests {
    @Test func `a reload serves the new certificate to new connections and keeps the old for a broken file`() throws {
        let fixture = try TLSFixture()
        let configuration = try fixture.makeCertificate("live")
        let store = try TLSContextStore(configuration)
        let early = try TLSPair(store.current)

        try fixture.makeCertificate("next")
        for kind in ["pem", "key"] { try fixture.write(fixture.text(of: "next.\(kind)"), to: "live.\(kind)") }
        try store.reload()
        let late = try TLSPair(store.current)
        late.exchange()
        early.exchange()
        #expect(late.client.subject == "/CN=next")
        #expect(early.client.subject == "/CN=live")

        try fixture.write("broken", to: "live.pem")
        let error = #expect(throws: TLSError.self) { try store.reload() }
        #expect(error?.code == .notPEM)
        let last = try TLSPair(store.current)
        last.exchange()
        #expect(last.client.subject == "/CN=next")
    }
}
