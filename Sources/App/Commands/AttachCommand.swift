import ArgumentParser

/// `troupe attach`: watch a session.
struct AttachCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Watch a session of a running server; Ctrl+C leaves it as it is."
    )

    @OptionGroup var server: ServerOptions

    @Argument(help: "The session.")
    var session: String

    @Option(help: "Begin after this event; earliest for the first there is. (default: now)")
    var after: String?

    func run() async throws {
        try await self.server.withClient { client in
            let watching = Watching(
                client: client,
                session: self.session,
                isJSON: self.server.json,
                screen: Screen(notesAreAnswers: true)
            )
            try await watching.followSession(after: self.after)
        }
    }
}
