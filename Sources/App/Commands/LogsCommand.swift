import Agent
import ArgumentParser
import NIOCore
import Transport

/// `troupe logs`: what was said in a session.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show what was said in a session of a running server."
    )

    @OptionGroup var server: ServerOptions

    @Argument(help: "The session.")
    var session: String

    @Option(name: .shortAndLong, help: "The newest so many events, up to 1000.")
    var number = 100

    @Flag(name: .shortAndLong, help: "Go on with what happens; Ctrl+C leaves the session as it is.")
    var follow = false

    @Flag(help: "All that is kept, as Markdown.")
    var markdown = false

    func run() async throws {
        guard (1...1000).contains(self.number) else { throw Failure("--number takes a number from 1 to 1000") }
        guard !self.markdown || !(self.follow || self.server.json) else {
            throw Failure("--markdown goes with neither --follow nor --json")
        }
        try await self.server.withClient { client in
            let screen = Screen(notesAreAnswers: true)
            if self.markdown {
                let path = ServerClient.path("sessions", self.session, "export")
                let text = try await client.call("GET", path + "?format=markdown")
                return screen.write(Screen.plain(String(buffer: text)))
            }
            let watching = Watching(client: client, session: self.session, isJSON: self.server.json, screen: screen)
            let path = ServerClient.path("sessions", self.session, "messages")
            let page = try await client.object("GET", path + "?limit=\(self.number)")
            let events = (page.array("messages") ?? []).compactMap { ServerEvent($0) }
            var text = EventText(isFull: true)
            for event in events { watching.show(event, &text) }
            guard self.follow else { return }
            try await watching.followSession(after: events.last?.id ?? "earliest")
        }
    }
}
