import ArgumentParser
import Foundation
import Transport

/// Which server a command talks to, with which key, and how it answers.
struct ServerOptions: ParsableArguments {
    @Option(help: "Where the server is. (default: TROUPE_URL, or http://127.0.0.1:7420)")
    var server: String?

    @Option(help: "The API key. Others of this machine can read it here: TROUPE_KEY is better. (default: TROUPE_KEY)")
    var key: String?

    @Option(help: "Certificates to trust, a file of PEM. (default: TROUPE_CACERT, or the system's)")
    var cacert: String?

    @Flag(help: "JSON on lines instead of text.")
    var json = false

    /// The server's address without a slash at its end.
    ///
    /// - Throws: `Failure` for what is no address, or has more in it than one.
    private func base() throws -> String {
        let text = Self.value(self.server, "TROUPE_URL") ?? "http://127.0.0.1:7420"
        guard let url = URLComponents(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme),
            url.host?.isEmpty == false
        else { throw Failure("--server takes an address as https://troupe.example, not \(text.prefix(200))") }
        guard url.user == nil, url.password == nil, url.query == nil, url.fragment == nil else {
            throw Failure("--server takes an address alone; a key belongs into TROUPE_KEY, where no log shows it")
        }
        return String(text.reversed().drop { $0 == "/" }.reversed())
    }

    /// Runs a command's part that talks to the server.
    ///
    /// - Throws: `Failure`, also for what the server refuses.
    func withClient<Value: Sendable>(_ body: (ServerClient) async throws -> Value) async throws -> Value {
        let certificates = Self.value(self.cacert, "TROUPE_CACERT")
        if let certificates, !FileManager.default.isReadableFile(atPath: certificates) {
            throw Failure("--cacert: \(certificates) cannot be read")
        }
        let address = ServerAddress(
            base: try self.base(),
            key: Self.value(self.key, "TROUPE_KEY"),
            certificates: certificates
        )
        do {
            return try await ServerClient.with(address, version: Troupe.version, body)
        } catch let error as ServerCallError {
            throw Failure(
                Screen.plain(error.message),
                code: error.isUnreachable ? ExitStatus.unreachable : ExitStatus.failed
            )
        }
    }

    private static func value(_ option: String?, _ variable: String) -> String? {
        let text = option ?? ProcessInfo.processInfo.environment[variable]
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }
}
