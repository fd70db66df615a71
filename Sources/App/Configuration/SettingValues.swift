import Configuration

/// What all settings come to: the command line, then the environment, then the file, then variables of other systems, then
/// the defaults.
struct SettingValues: Sendable {
    /// What was said, and where.
    struct Entry: Sendable, Equatable {
        let words: [String]
        let source: SettingSource
    }

    /// The file that was read.
    let file: String?
    /// What an operator should know of, though it stops nothing: variables that are no settings, or are not taken.
    let warnings: [String]
    private var entries: [String: Entry]

    /// Looks everything up and checks it.
    ///
    /// - Parameters:
    ///   - options: what was given on the command line, by name.
    ///   - presets: what the command itself sets unless an option does: its name, and values by name.
    ///   - environment: all of it.
    ///   - file: the configuration file, if there is one.
    /// - Throws: `Failure` that names the place and what it takes, and for unknown keys of the file the nearest name.
    init(
        options: [String: [String]],
        presets: (command: String, values: [String: String]) = ("", [:]),
        environment: [String: String],
        file: ConfigurationFile?
    ) throws {
        let variables = EnvironmentVariablesProvider(environmentVariables: environment)
        var entries: [String: Entry] = [:]
        var known: [String] = []
        var warnings: [String] = []
        for setting in Settings.declarations {
            let variable = try variables.value(
                forKey: AbsoluteConfigKey(["troupe", setting.name]),
                type: setting.kind == .list ? .stringArray : .string
            )
            known.append(variable.encodedKey)
            let entry: Entry? =
                if let words = options[setting.name] {
                    Entry(words: words, source: .option)
                } else if let word = presets.values[setting.name] {
                    Entry(words: [word], source: .command(presets.command))
                } else if let words = Self.words(variable.value) {
                    Entry(words: words, source: .environment(variable.encodedKey))
                } else if let file, let words = try file.words(of: setting) {
                    Entry(words: words, source: .file(path: file.path, line: file.lines[setting.name] ?? 0))
                } else {
                    SettingAlias.entry(for: setting, environment, &warnings)
                }
            guard let entry else { continue }
            guard setting.accepts(entry.words) else {
                throw Failure("\(entry.source.subject(setting.name)) takes \(setting.kind.expectation)")
            }
            entries[setting.name] = entry
        }
        try file?.checkNames(Set(Settings.declarations.map(\.name)))
        self.entries = entries
        self.file = file?.path
        self.warnings = Self.strangers(environment, known: known) + warnings
    }

    /// The value in force.
    subscript<Value>(path: KeyPath<Settings, Setting<Value>>) -> Value {
        let setting = Settings.all[keyPath: path]
        return self.entries[setting.name].flatMap { setting.value(of: $0.words) } ?? setting.standard
    }

    /// Where the value in force came from.
    func source(of setting: any SettingDeclaration) -> SettingSource {
        self.entries[setting.name]?.source ?? .standard
    }

    /// The value in words, for people: nothing of a secret but that it is set; `nil` for one that is absent.
    func shown(_ setting: any SettingDeclaration) -> [String]? {
        let words = self.entries[setting.name]?.words ?? setting.standardText.map { [$0] }
        return words.map { setting.isSecret ? ["set"] : $0 }
    }

    /// What is said in these values otherwise than in others.
    ///
    /// - Returns: the settings that differ, in the table's order; also secret ones.
    func differences(from others: SettingValues) -> [any SettingDeclaration] {
        Settings.declarations.filter { setting in
            let standard = setting.standardText.map { [$0] }
            let mine = self.entries[setting.name]?.words ?? standard
            return mine != (others.entries[setting.name]?.words ?? standard)
        }
    }

    /// The same, with the reloadable settings as others have them.
    func takingReloadable(from others: SettingValues) -> SettingValues {
        var values = self
        for setting in Settings.declarations where setting.isReloadable {
            values.entries[setting.name] = others.entries[setting.name]
        }
        return values
    }

    /// What a variable says; an empty one says nothing.
    private static func words(_ value: ConfigValue?) -> [String]? {
        switch value?.content {
        case .string(let word) where !word.isEmpty: [word]
        case .stringArray(let words):
            words.map { String($0.trimmingPrefix(while: \.isWhitespace)) }.filter { !$0.isEmpty }
        default: nil
        }
    }

    /// A line for each variable of ours that nobody knows.
    private static func strangers(_ environment: [String: String], known: [String]) -> [String] {
        let others = Settings.foreignPrefixes + ["TROUPE_CONFIG"]
        return environment.keys.sorted()
            .filter { name in
                name.hasPrefix("TROUPE_") && !known.contains(name) && !others.contains { name.hasPrefix($0) }
            }
            .map { name in
                let near = NearestName.of(name, in: known)
                return "\(name) in the environment is no setting" + (near.map { "; did you mean \($0)?" } ?? "")
            }
    }
}
