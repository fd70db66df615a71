import Testing

/// Runs other people's clients against a server: scripts of the shell and of the Python that Scripts/fetch-python makes.
enum Client {
    /// Runs Python and gives what it printed; `BASE` in its environment is the server's address, without a slash at its end.
    ///
    /// A script that fails raises, so its traceback is what the test shows.
    @discardableResult
    static func python(
        _ script: String,
        against server: ServerProcess,
        environment: [String: String] = [:],
        within limit: Duration = .seconds(120),
        _ location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let programs = try #require(Programs.clients)
        return try await Self.run("\(programs)/python", ["-c", script], server, environment, limit, location)
    }

    /// Runs a script of bash, in which a command that fails ends it; `BASE` as above.
    @discardableResult
    static func shell(
        _ script: String,
        against server: ServerProcess,
        environment: [String: String] = [:],
        within limit: Duration = .seconds(120),
        _ location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let script = "set -euo pipefail\n\(script)"
        return try await Self.run(Programs.bash, ["-c", script], server, environment, limit, location)
    }

    private static func run(
        _ program: String,
        _ arguments: [String],
        _ server: ServerProcess,
        _ environment: [String: String],
        _ limit: Duration,
        _ location: SourceLocation
    ) async throws -> String {
        var environment = environment
        environment["BASE"] = "http://127.0.0.1:\(server.port)"
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        let command = try await Command.run(program, arguments, environment: environment, within: limit)
        let said = "\(command.output.suffix(4000))\n\(command.errors.suffix(8000))"
        #expect(command.exit == .code(0), "\(said)", sourceLocation: location)
        return command.output
    }
}
