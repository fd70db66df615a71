import Foundation
import Testing

/// A certificate for 127.0.0.1 that signs itself, made by openssl.
struct TestCertificate {
    let path: String
    let keyPath: String

    /// Makes one; `name` is its common name.
    static func make(_ name: String, in directory: TemporaryDirectory) async throws -> TestCertificate {
        let stem = "\(directory.path)/\(name)"
        let certificate = TestCertificate(path: "\(stem).pem", keyPath: "\(stem).key")
        let made = try await Command.run(
            Programs.openssl,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-out",
                certificate.path, "-keyout", certificate.keyPath,
            ]
        )
        try #require(made.exit == .code(0), "\(made.errors)")
        return certificate
    }

    /// Puts another certificate in its place.
    func replace(with other: TestCertificate) throws {
        for (old, new) in [(self.path, other.path), (self.keyPath, other.keyPath)] {
            let bytes = try #require(FileManager.default.contents(atPath: new))
            try bytes.write(to: URL(filePath: old))
        }
    }

    /// Makes its file unreadable as a certificate.
    func spoil() throws {
        try Data("-----BEGIN CERTIFICATE-----\nnonsense\n".utf8).write(to: URL(filePath: self.path))
    }
}
