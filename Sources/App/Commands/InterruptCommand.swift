import Agent
import ArgumentParser
import NIOCore
import Transport

/// `troupe interrupt`: stop a turn.
struct InterruptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interrupt",
        abstract: "Stop what a session of a running server does, and say what that took."
    )

    @OptionGroup var server: ServerOptions

    @Argument(help: "The session.")
    var session: String

    func run() async throws {
        let path = ServerClient.path("sessions", self.session, "interrupt")
        let receipt = try await self.server.withClient { try await $0.object("POST", path) }
        let outcome = receipt.string("outcome") ?? ""
        let screen = Screen(notesAreAnswers: false)
        if self.server.json {
            screen.line(String(buffer: receipt.bytes))
        } else {
            let step = receipt.string("step").map { " by \($0)" } ?? ""
            let returned = receipt.array("returned_messages")?.count ?? 0
            let back = returned > 0 ? ", \(returned) waiting messages handed back" : ""
            screen.line("\(outcome)\(step) after \(receipt.int("took_ms") ?? 0) ms\(back)")
        }
        if outcome == "timed_out" { throw ExitCode(ExitStatus.failed) }
    }
}
