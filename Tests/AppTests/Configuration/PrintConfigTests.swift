import Foundation
import Testing

/// `troupe serve --print-config`, with the built program.
@Suite(.timeLimit(.minutes(15)))
struct PrintConfigTests {
    @Test
    func `it shows every value and where it came from, and starts nothing`() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/config.yaml"
        try Data("max-sessions: 12\nagent-env: [TOKEN=hush]\n".utf8).write(to: URL(filePath: path))
        let command = try await Command.run(
            Programs.troupe,
            ["serve", "--config", path, "--port", "7000", "--print-config"],
            environment: ["TROUPE_WARM": "3", "TROUPE_WRAM": "1"]
        )
        #expect(command.exit == .code(0), "\(command.errors)")
        #expect(command.output.contains(/port +7000 +--port\n/))
        #expect(command.output.contains(/warm +3 +TROUPE_WARM\n/))
        #expect(command.output.contains(/heartbeat +15 +default\n/))
        #expect(command.output.contains("# TROUPE_WRAM in the environment is no setting; did you mean TROUPE_WARM?"))
        let lines = command.output.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("max-sessions") && $0.hasSuffix("\(path):1") })
        #expect(!command.output.contains("hush"))
    }

    @Test
    func `as JSON it is one document`() async throws {
        let command = try await Command.run(
            Programs.troupe,
            ["serve", "--print-config", "--json", "--allow-origin", "https://a", "--allow-origin", "https://b"],
            environment: ["TROUPE_CONFIG": "/dev/null"]
        )
        #expect(command.exit == .code(0), "\(command.errors)")
        let document = try JSON(command.output.utf8)
        #expect(document["config_file"] == "/dev/null")
        let origins = document["settings"].elements.first { $0["name"] == "allow-origin" }
        #expect(origins?["value"].elements == ["https://a", "https://b"])
        #expect(origins?["source"] == "option")
    }
}
