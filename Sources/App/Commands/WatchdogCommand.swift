import Agent
import ArgumentParser
import Foundation

/// `troupe watchdog`, started by the server for itself: ends the agents of a server that died.
struct WatchdogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "watchdog", shouldDisplay: false)

    @Argument var ownerPrefix: String

    func run() throws {
        Foundation.exit(Watchdog.run(ownerPrefix: self.ownerPrefix))
    }
}
