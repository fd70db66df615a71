import Actors
import Agent
import ArgumentParser
import Foundation
import NIOCore
import Transport

/// `troupe run`: one prompt to a running server, and its answer.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Ask a running server's agent, and write its answer.",
        discussion: """
            The answer goes to stdout, everything else to stderr. Ctrl+C stops the turn, a second one leaves it to go on. Exits \
            with 0 when the turn has completed, 1 when it failed, 2 when no server answers, 3 interrupted, 4 out of budget, 5 lost.
            """
    )

    @OptionGroup var server: ServerOptions

    @Argument(help: "What to say; - reads it from stdin.")
    var prompt: String

    @Option(help: "Say it to this session, instead of a new one.")
    var session: String?

    @Option(help: "A name for the new session.")
    var name: String?

    @Option(help: "The new session's model.")
    var model: String?

    @Option(help: "Where the new session works.")
    var cwd: String?

    @Option(help: "The new session's permission mode.")
    var permissionMode: String?

    @Option(help: "The template that the new session is made of.")
    var template: String?

    @Option(help: "What the new session may spend.")
    var budgetUsd: Double?

    @Flag(name: .customLong("end"), help: "End the session afterwards.")
    var endsSession = false

    private struct NewSession: Encodable {
        let name: String?
        let model: String?
        let cwd: String?
        let permissionMode: String?
        let template: String?
        let budgetUsd: Double?
    }

    func run() async throws {
        let prompt = try PromptText.read(self.prompt)
        let code = try await self.server.withClient { client in
            let session = try await self.sessionID(client)
            let sent = try await SendCommand.send(prompt, delivery: nil, to: session, by: client)
            let watching = Watching(
                client: client,
                session: session,
                isJSON: self.server.json,
                screen: Screen(notesAreAnswers: false)
            )
            watching.screen.note("session \(session)")
            let code = try await watching.followMessage(sent.message, after: sent.cursor)
            if self.endsSession { try await client.call("DELETE", ServerClient.path("sessions", session)) }
            return code
        }
        throw ExitCode(code)
    }

    private func sessionID(_ client: ServerClient) async throws -> String {
        if let session { return session }
        let asked = NewSession(
            name: self.name,
            model: self.model,
            cwd: self.cwd,
            permissionMode: self.permissionMode,
            template: self.template,
            budgetUsd: self.budgetUsd
        )
        let made = try await client.object("POST", "/v1/sessions", EventData.encode(asked))
        guard let id = made.string("id") else { throw Failure("the server made a session without an id") }
        return id
    }
}

/// A prompt as the command line has it.
enum PromptText {
    /// - Throws: `Failure` when there is nothing to say.
    static func read(_ argument: String) throws -> String {
        guard argument == "-" else { return argument }
        let bytes = try FileHandle.standardInput.readToEnd() ?? Data()
        let text = String(decoding: bytes, as: UTF8.self)
        guard !text.allSatisfy(\.isWhitespace) else { throw Failure("there is no prompt on stdin") }
        return text
    }
}
