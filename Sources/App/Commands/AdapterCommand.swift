import Agent
import ArgumentParser

/// `troupe adapter`, started by the server for sessions that work with another program than the CLI.
struct AdapterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "adapter", shouldDisplay: false)

    /// `codex` or `gemini`.
    @Argument var kind: String
    @Argument var program: String
    /// Arguments for the program, a word that separates, and the CLI's flags.
    @Argument(parsing: .captureForPassthrough) var rest: [String] = []

    func run() throws {
        let (arguments, flags) = AdapterArguments.split(self.rest)
        switch self.kind {
        case "codex":
            var adapter = AdapterProgram<CodexEvents>(
                name: self.kind,
                path: self.program,
                arguments: arguments,
                flags: flags
            )
            adapter.run()
        case "gemini":
            var adapter = AdapterProgram<GeminiEvents>(
                name: self.kind,
                path: self.program,
                arguments: arguments,
                flags: flags
            )
            adapter.run()
        default: throw Failure("there is no adapter \(self.kind)")
        }
    }
}
