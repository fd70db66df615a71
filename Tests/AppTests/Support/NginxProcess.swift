import Foundation
import Testing

/// A running nginx with the project's own example of a configuration, but for ports, certificate and prefix.
final class NginxProcess {
    private static let program = "/usr/sbin/nginx"

    static let isInstalled = FileManager.default.isExecutableFile(atPath: NginxProcess.program)

    let process: ChildProcess
    /// Plain text.
    let port: Int
    /// TLS.
    let securePort: Int
    private let directory: TemporaryDirectory

    /// Starts one in front of a server and waits until it listens.
    init(to server: Int, base: String) async throws {
        self.directory = try TemporaryDirectory()
        (self.port, self.securePort) = (try FreePort.find(), try FreePort.find())
        let certificate = try await TestCertificate.make("proxy", in: self.directory)
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let example = try String(contentsOf: root.appending(path: "Packaging/proxy/nginx.conf"), encoding: .utf8)
        let changes = [
            ("server 127.0.0.1:7420;", "server 127.0.0.1:\(server);"),
            ("listen 443 ssl;", "listen 127.0.0.1:\(self.port);"),
            ("listen [::]:443 ssl;", "listen 127.0.0.1:\(self.securePort) ssl;"),
            ("/etc/letsencrypt/live/troupe.example/fullchain.pem", certificate.path),
            ("/etc/letsencrypt/live/troupe.example/privkey.pem", certificate.keyPath),
            ("location / {", "location \(base)/ {"),
        ]
        var text = example
        for (old, new) in changes {
            try #require(text.contains(old), "the example no longer says \(old)")
            text = text.replacing(old, with: new)
        }
        let path = self.directory.path
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(path)/\($0);" }
        let whole = """
            daemon off;
            master_process off;
            pid \(path)/nginx.pid;
            error_log stderr;
            events {}
            http {
                access_log off;
                \(temporary.joined(separator: "\n    "))
                \(text)
            }
            """
        try Data(whole.utf8).write(to: URL(filePath: "\(path)/nginx.conf"))
        self.process = try ChildProcess(
            Self.program,
            ["-c", "\(path)/nginx.conf", "-p", path, "-e", "stderr"],
            environment: ["PATH": "/usr/bin:/bin"],
            directory: self.directory
        )
        let deadline = ContinuousClock.now + .seconds(20)
        while (try? await HTTPExchange(port: self.port, "GET", "/")) == nil {
            try #require(self.process.isRunning && ContinuousClock.now < deadline, "\(self.process.errors)")
        }
    }
}
