import Foundation
import Testing

/// Other people's tester against the server: every operation of the document, with requests that fit it and that do not.
///
/// `make fuzz` does more of it. `TROUPE_FUZZ_EXAMPLES` and `TROUPE_FUZZ_SEED` say how many requests, and which.
@Suite(
    .enabled(if: Programs.schemathesis != nil, "No Schemathesis: Scripts/fetch-python schemathesis has it."),
    .timeLimit(.minutes(60))
)
struct SchemathesisTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// No limits: else most requests would be answered with 429, and a wrong key with it too.
    private static let rates = ["light", "work", "stream", "wrong-keys"].flatMap { ["--rate-\($0)", "0"] }

    @Test(arguments: [false, true])
    func `nothing is found`(withKeys: Bool) async throws {
        let directory = try TemporaryDirectory()
        var headers: [String: String] = [:]
        var options = ["--ttl", "20", "--max-sessions", "100", "--log-level", "warning"] + Self.rates
        if withKeys {
            let keys = "\(directory.path)/keys.json"
            let made = try await Command.run(
                Programs.troupe,
                ["keys", "create", "--keys", keys, "--scopes", "read,send,approve,admin,compose,settings", "--json"]
            )
            let token = try #require(try JSON(made.output.utf8)["token"].text)
            headers = ["Authorization": "Bearer \(token)"]
            options += ["--keys", keys]
        }
        try await withServer(in: directory, options) { server in
            // Something to answer: no request that is made up leads to it.
            let asking: JSON = ["message": "permission Write {\"file_path\":\"/tmp/x\"}"]
            let session = try await server.request("POST", "/v1/sessions", asking, headers: headers)
            #expect(session.status == 201)
            let examples = Self.environment["TROUPE_FUZZ_EXAMPLES"] ?? "8"
            let run = try await Command.run(
                "\(try #require(Programs.schemathesis))/st",
                [
                    "--config-file", "\(Programs.scripts)/schemathesis/schemathesis.toml", "run",
                    "http://127.0.0.1:\(server.port)/openapi.json", "--checks", "all", "--max-examples", examples,
                    "--seed", Self.environment["TROUPE_FUZZ_SEED"] ?? "1", "--continue-on-failure", "--warnings", "off",
                ] + headers.flatMap { ["-H", "\($0): \($1)"] },
                environment: [
                    "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": "\(Programs.scripts)/schemathesis",
                    "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1",
                ],
                within: .seconds(3600)
            )
            let summary = run.output.components(separatedBy: "\n").suffix(8).joined(separator: "\n")
            print("Schemathesis \(withKeys ? "with" : "without") keys:\n\(summary)")
            #expect(run.exit == .code(0), "\(run.output.suffix(12_000))\n\(run.errors.suffix(2000))")
        }
    }

    @Test func `the document is OpenAPI 3_1`() async throws {
        let document = try await Command.run(Programs.troupe, ["openapi"])
        let directory = try TemporaryDirectory()
        let file = "\(directory.path)/openapi.json"
        try document.output.write(toFile: file, atomically: true, encoding: .utf8)
        let check = try await Command.run(
            "\(try #require(Programs.schemathesis))/python",
            ["-m", "openapi_spec_validator", "--schema", "3.1.0", file],
            within: .seconds(60)
        )
        #expect(check.exit == .code(0), "\(check.output)\(check.errors)")
    }
}
