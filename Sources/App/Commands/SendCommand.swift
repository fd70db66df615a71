import Actors
import Agent
import ArgumentParser
import NIOCore
import Transport

/// `troupe send`: a message to a session.
struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send a message to a session of a running server."
    )

    @OptionGroup var server: ServerOptions

    @Argument(help: "The session.")
    var session: String

    @Argument(help: "What to say; - reads it from stdin.")
    var prompt: String

    @Option(help: "queue: after what waits. steer: into the running turn. interrupt: in place of it. (default: queue)")
    var delivery: String?

    @Flag(help: "Wait for the answer and write it, as run does.")
    var wait = false

    /// What the server says of a message that it has taken.
    struct Sent {
        let message: String
        /// An event before everything of it.
        let cursor: String
        let state: String
        let position: Int
        /// As it was said.
        let answer: ByteBuffer
    }

    private struct Message: Encodable {
        let content: String
        let delivery: String?
    }

    /// Hands a message in.
    static func send(
        _ prompt: String,
        delivery: String?,
        to session: String,
        by client: ServerClient
    ) async throws -> Sent {
        let body = EventData.encode(Message(content: prompt, delivery: delivery))
        let sent = try await client.object("POST", ServerClient.path("sessions", session, "messages"), body)
        guard let message = sent.string("message_id"), let cursor = sent.string("cursor") else {
            throw Failure("the server does not say what it made of the message")
        }
        return Sent(
            message: message,
            cursor: cursor,
            state: sent.string("state") ?? "",
            position: sent.int("position") ?? 0,
            answer: sent.bytes
        )
    }

    func run() async throws {
        let prompt = try PromptText.read(self.prompt)
        let code: Int32 = try await self.server.withClient { client in
            let sent = try await Self.send(prompt, delivery: self.delivery, to: self.session, by: client)
            let screen = Screen(notesAreAnswers: false)
            if self.wait {
                let watching = Watching(
                    client: client,
                    session: self.session,
                    isJSON: self.server.json,
                    screen: screen
                )
                return try await watching.followMessage(sent.message, after: sent.cursor)
            }
            let place = sent.position > 0 ? " at \(sent.position)" : ""
            screen.line(self.server.json ? String(buffer: sent.answer) : "\(sent.message) \(sent.state)\(place)")
            return 0
        }
        throw ExitCode(code)
    }
}
