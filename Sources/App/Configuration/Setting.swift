/// One thing an operator can set: declared once, in `Settings`, and known from there on the command line, in the
/// environment, in the file, in `--help` and in `--print-config`.
struct Setting<Value: Sendable>: SettingDeclaration {
    /// As the option is called, without its dashes: `max-sessions` is `TROUPE_MAX_SESSIONS` and `max-sessions:`.
    let name: String
    let help: String
    let kind: SettingKind
    let standardText: String?
    /// What it is when nobody says anything.
    let standard: Value
    /// What the absence of a value means: "the CLI's".
    let absentText: String?
    private(set) var isReloadable = false
    private(set) var isSecret = false
    private let parse: @Sendable ([String]) -> Value?

    init(
        _ name: String,
        _ kind: SettingKind,
        _ help: String,
        standard: Value,
        standardText: String?,
        absentText: String? = nil,
        parse: @escaping @Sendable ([String]) -> Value?
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.standard = standard
        self.standardText = standardText
        self.absentText = absentText
        self.parse = parse
    }

    /// The same, and SIGHUP brings a new value into force.
    var reloadable: Self {
        var setting = self
        setting.isReloadable = true
        return setting
    }

    /// The same, and its value is shown nowhere.
    var secret: Self {
        var setting = self
        setting.isSecret = true
        return setting
    }

    /// What the words come to; `nil` when they are refused.
    func value(of words: [String]) -> Value? {
        guard self.kind == .list || words.count == 1 else { return nil }
        return self.parse(words)
    }

    func accepts(_ words: [String]) -> Bool {
        self.value(of: words) != nil
    }
}

/// A setting whatever its type: what the command line, the environment and the file have to know.
protocol SettingDeclaration: Sendable {
    var name: String { get }
    /// One sentence for `--help`.
    var help: String { get }
    var kind: SettingKind { get }
    /// The default in words; `nil` where it is no value but the absence of one.
    var standardText: String? { get }
    /// What the absence of a value means, where there is no default.
    var absentText: String? { get }
    /// Whether SIGHUP brings a new value into force.
    var isReloadable: Bool { get }
    /// Whether its value must not be shown.
    var isSecret: Bool { get }

    /// Whether the words are a value of it.
    func accepts(_ words: [String]) -> Bool
}
