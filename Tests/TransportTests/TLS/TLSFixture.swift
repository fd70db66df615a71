import Foundation
import Testing

@testable import Transport

/// Certificates made by the `openssl` command in a directory of its own, for one test.
final class TLSFixture {
    /// For `.enabled(if:)`, which prints its comment when a command is missing.
    static let hasOpenSSL = TLSCommand.exists("openssl")
    static let hasCurl = TLSCommand.exists("curl")

    let directory: URL

    init() throws {
        let files = FileManager.default
        self.directory = files.temporaryDirectory.appendingPathComponent("troupe-tls-\(UUID().uuidString)")
        try files.createDirectory(at: self.directory, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(at: self.directory)
    }

    func path(_ name: String) -> String {
        self.directory.appendingPathComponent(name).path
    }

    /// Makes `<name>.pem` and `<name>.key`, self-signed for 127.0.0.1, and describes them.
    @discardableResult
    func makeCertificate(
        _ name: String = "server",
        key: [String] = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
        applicationProtocols: [String] = ["h2", "http/1.1"]
    ) throws -> TLSConfiguration {
        let result = try TLSCommand.runAndWait(
            ["openssl", "req", "-x509", "-newkey"] + key + [
                "-nodes", "-keyout", self.path("\(name).key"), "-out", self.path("\(name).pem"), "-days", "2",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
            ],
            in: self.directory
        )
        try #require(result.status == 0, "openssl req: \(result.output)")
        return self.configuration(certificate: "\(name).pem", key: "\(name).key", applicationProtocols)
    }

    func configuration(
        certificate: String,
        key: String,
        _ applicationProtocols: [String] = ["h2", "http/1.1"]
    ) -> TLSConfiguration {
        TLSConfiguration(
            certificateChainFile: self.path(certificate),
            privateKeyFile: self.path(key),
            applicationProtocols: applicationProtocols
        )
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: self.directory.appendingPathComponent(name))
    }

    func text(of name: String) throws -> String {
        try String(contentsOf: self.directory.appendingPathComponent(name), encoding: .utf8)
    }
}
