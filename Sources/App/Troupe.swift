import ArgumentParser
import Foundation

/// The program `troupe`.
@main
struct Troupe: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "troupe",
        abstract: "Hosts Claude Code sessions: one long-lived process each, streamed to any number of clients.",
        version: Self.version,
        subcommands: [
            ServeCommand.self, DemoCommand.self, DoctorCommand.self, KeysCommand.self, AuditCommand.self,
            OpenAPICommand.self, WatchdogCommand.self, AdapterCommand.self, RunCommand.self, ListCommand.self,
            AttachCommand.self, SendCommand.self, InterruptCommand.self, ApproveCommand.self, EndCommand.self,
            LogsCommand.self,
        ]
    )

    /// Runs the command; whatever goes wrong is one line on stderr and an exit code, never a crash dump.
    static func main() async {
        do {
            var command = try Self.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Self.leave(error)
        }
    }

    private static func leave(_ error: any Error) -> Never {
        if let failure = error as? Failure {
            Self.complain(failure.message)
            Foundation.exit(failure.code)
        }
        // A command that has said what there is to say.
        if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
        let code = Self.exitCode(for: error)
        if code.isSuccess {
            print(Self.fullMessage(for: error))
        } else if code != .failure || !Self.message(for: error).isEmpty {
            Self.complain(Self.message(for: error).split(separator: "\n").first.map(String.init) ?? "failed")
        }
        Foundation.exit(code.rawValue)
    }

    private static func complain(_ message: String) {
        FileHandle.standardError.write(Data("troupe: \(message)\n".utf8))
    }
}

/// Why the program stops, for the person who started it.
struct Failure: Error {
    /// One line: what is wrong, and what to do about it.
    let message: String
    let code: Int32

    init(_ message: String, code: Int32 = 1) {
        self.message = message.replacing("\n", with: " ")
        self.code = code
    }
}
