import Testing

extension HostileTests {
    /// Clients that do not shake hands.
    @Suite
    struct TLSFloodTests {
        @Test func `garbage, plain text and halves of a handshake end the connection, 300 of them`() async throws {
            let directory = try TemporaryDirectory()
            let certificate = try await TestCertificate.make("hostile", in: directory)
            let tls = ["--tls-cert", certificate.path, "--tls-key", certificate.keyPath]
            try await Siege.run("TLS garbage", tls, certificate: certificate, bound: 32) { siege in
                let sockets = try siege.connect(300)
                var numbers = SystemRandomNumberGenerator()
                for (index, socket) in sockets.enumerated() {
                    switch index % 5 {
                    case 0: socket.push((0..<4096).map { _ in UInt8.random(in: 0...255, using: &numbers) })
                    case 1: socket.push("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
                    // The header of a record that never comes: handshake, TLS 1.0, 512 bytes (RFC 8446 §5.1).
                    case 2: socket.push([22, 3, 1, 2, 0, 1, 0, 1, 252])
                    // A record larger than there are.
                    case 3: socket.push([22, 3, 1, 0xFF, 0xFF] + [UInt8](repeating: 1, count: 65_535))
                    default: break
                    }
                }
                try await siege.expectServed()
                try await readToEnd(sockets)
                #expect(sockets.allSatisfy { $0.receivedBytes < 1024 && !$0.text.contains("HTTP/") })
                try await siege.expectRestored(bound: 32)
            }
        }
    }
}
