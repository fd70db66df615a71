import ArgumentParser
import Foundation

/// Which configuration file counts; for every command that goes by the server's settings.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: "The configuration file. (default: troupe/config.yaml in $XDG_CONFIG_HOME, then in /etc)"
    )
    var path: String?

    /// What all settings come to, with the environment and the file as they are now.
    ///
    /// - Parameters:
    ///   - given: what was given on the command line, by the names of settings.
    ///   - presets: what the command itself sets unless an option does.
    /// - Returns: the values, checked one by one.
    /// - Throws: `Failure`, as `SettingValues` does.
    func values(
        of given: [String: [String]],
        presets: (command: String, values: [String: String]) = ("", [:])
    ) throws -> SettingValues {
        let environment = ProcessInfo.processInfo.environment
        let named = self.path ?? environment["TROUPE_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        return try SettingValues(
            options: given,
            presets: presets,
            environment: environment,
            file: ConfigurationFile.find(named, environment: environment)
        )
    }
}
