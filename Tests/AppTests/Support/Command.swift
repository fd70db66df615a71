/// A program that was run to its end.
struct Command {
    let exit: ChildProcess.Exit
    let output: String
    let errors: String
    let took: Duration

    /// The lines on stderr.
    var complaints: [Substring] { self.errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast() }

    /// Runs a program and waits for its end; it is killed when that takes longer than `limit`.
    static func run(
        _ path: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        within limit: Duration = .seconds(30)
    ) async throws -> Command {
        let directory = try TemporaryDirectory()
        let start = ContinuousClock.now
        let process = try ChildProcess(
            path,
            arguments,
            environment: ServerProcess.environment(in: directory).merging(environment) { $1 },
            directory: directory
        )
        let exit = try await process.waitForExit(within: limit)
        return Command(
            exit: exit,
            output: process.output,
            errors: process.errors,
            took: ContinuousClock.now - start
        )
    }
}
