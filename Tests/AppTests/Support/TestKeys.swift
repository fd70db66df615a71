import Foundation
import Testing

/// A file of keys, made as an operator makes them.
struct TestKeys {
    let path: String

    init(in directory: TemporaryDirectory) {
        self.path = "\(directory.path)/keys.json"
    }

    /// Makes a key and gives its token.
    func create(_ name: String, _ scopes: String, _ more: [String] = []) async throws -> String {
        let command = try await Command.run(
            Programs.troupe,
            ["keys", "create", "--keys", self.path, "--name", name, "--scopes", scopes] + more
        )
        try #require(command.exit == .code(0), "\(command.errors)")
        return command.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
