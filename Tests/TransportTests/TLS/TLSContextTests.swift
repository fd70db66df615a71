import Foundation
import Testing

@testable import Transport

@Suite(.enabled(if: TLSFixture.hasOpenSSL, "the openssl command is not installed"))
struct TLSContextTests {
    private let fixture: TLSFixture
    private let good: TLSConfiguration

    init() throws {
        self.fixture = try TLSFixture()
        self.good = try self.fixture.makeCertificate()
    }

    private func error(certificate: String, key: String) -> TLSError? {
        #expect(throws: TLSError.self) {
            try TLSContext(self.fixture.configuration(certificate: certificate, key: key))
        }
    }

    @Test func `a good pair is taken`() throws {
        _ = try TLSContext(self.good)
    }

    @Test func `a missing file is named`() throws {
        let certificate = self.error(certificate: "none.pem", key: "server.key")
        #expect(certificate?.code == .fileMissing)
        #expect(
            certificate?.detail
                == "certificate file '\(self.fixture.path("none.pem"))' cannot be opened: No such file or directory"
        )
        let key = self.error(certificate: "server.pem", key: "none.key")
        #expect(key?.code == .fileMissing)
        #expect(key?.detail.contains("private key file '\(self.fixture.path("none.key"))'") == true)
    }

    @Test func `a directory is not readable`() {
        let error = self.error(certificate: ".", key: "server.key")
        #expect(error?.code == .fileUnreadable)
        #expect(error?.detail.hasSuffix("Is a directory") == true, "\(error?.detail ?? "")")
        #expect(self.error(certificate: "server.pem", key: ".")?.code == .fileUnreadable)
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything"))
    func `a file that is not ours is not readable`() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: self.fixture.path("server.key"))
        let error = self.error(certificate: "server.pem", key: "server.key")
        #expect(error?.code == .fileUnreadable)
        #expect(error?.detail.hasSuffix("Permission denied") == true)
    }

    @Test(arguments: ["", "hello\n", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"])
    func `what is no PEM is not taken`(text: String) throws {
        try self.fixture.write(text, to: "text.pem")
        #expect(self.error(certificate: "text.pem", key: "server.key")?.code == .notPEM)
        #expect(self.error(certificate: "server.pem", key: "text.pem")?.code == .notPEM)
    }

    @Test func `a damaged second certificate is noticed`() throws {
        let chain = try self.fixture.text(of: "server.pem")
        try self.fixture.write(chain + chain.dropLast(60), to: "chain.pem")
        #expect(self.error(certificate: "chain.pem", key: "server.key")?.code == .notPEM)
    }

    @Test func `certificate and key in each other's place are not taken`() {
        #expect(self.error(certificate: "server.key", key: "server.key")?.code == .notPEM)
        #expect(self.error(certificate: "server.pem", key: "server.pem")?.code == .notPEM)
    }

    @Test func `a key of another certificate does not fit`() throws {
        try self.fixture.makeCertificate("other")
        try self.fixture.makeCertificate("rsa", key: ["rsa:2048"])
        let error = self.error(certificate: "server.pem", key: "other.key")
        #expect(error?.code == .keyMismatch)
        #expect(error?.detail.hasSuffix("key values mismatch") == true)
        #expect(self.error(certificate: "server.pem", key: "rsa.key")?.code == .keyMismatch)
    }

    @Test func `an encrypted key is refused without asking for its password`() throws {
        let result = try TLSCommand.runAndWait(
            [
                "openssl", "pkcs8", "-topk8", "-in", self.fixture.path("server.key"), "-passout", "pass:secret", "-out",
                self.fixture.path("encrypted.key"),
            ],
            in: self.fixture.directory
        )
        try #require(result.status == 0, "\(result.output)")
        #expect(self.error(certificate: "server.pem", key: "encrypted.key")?.code == .keyEncrypted)
    }

    @Test func `a weak key is refused`() throws {
        try self.fixture.makeCertificate("weak", key: ["rsa:1024"])
        let error = self.error(certificate: "weak.pem", key: "weak.key")
        #expect(error?.code == .certificateRefused)
        #expect(error?.detail.hasSuffix("ee key too small") == true, "\(error?.detail ?? "")")
    }
}
