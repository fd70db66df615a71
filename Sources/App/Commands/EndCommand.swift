import Actors
import ArgumentParser
import NIOCore
import Transport

/// `troupe end`: end sessions for good.
struct EndCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end",
        abstract: "End sessions of a running server, with all that they run."
    )

    @OptionGroup var server: ServerOptions

    @Argument(help: "The sessions.")
    var sessions: [String]

    private struct Ended: Encodable {
        let id: String
        let state = "ended"
    }

    func run() async throws {
        let screen = Screen(notesAreAnswers: false)
        try await self.server.withClient { client in
            for session in self.sessions {
                try await client.call("DELETE", ServerClient.path("sessions", session))
                screen.line(
                    self.server.json
                        ? String(buffer: EventData.encode(Ended(id: session))) : "\(Screen.brief(session)) has ended"
                )
            }
        }
    }
}
