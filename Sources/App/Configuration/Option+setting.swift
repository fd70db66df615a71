import ArgumentParser

/// Options that are settings: name and help are the setting's own.
extension Option where Value == String? {
    init<Wanted>(_ path: KeyPath<Settings, Setting<Wanted>>) {
        let setting = Settings.all[keyPath: path]
        self.init(name: .customLong(setting.name), help: setting.argumentHelp)
    }
}

extension Option where Value == [String] {
    init(_ path: KeyPath<Settings, Setting<[String]>>) {
        let setting = Settings.all[keyPath: path]
        self.init(wrappedValue: [], name: .customLong(setting.name), help: setting.argumentHelp)
    }
}

extension Flag where Value == Bool? {
    init(_ path: KeyPath<Settings, Setting<Bool>>) {
        let setting = Settings.all[keyPath: path]
        self.init(name: .customLong(setting.name), inversion: .prefixedNo, help: setting.argumentHelp)
    }
}

extension SettingDeclaration {
    fileprivate var argumentHelp: ArgumentHelp {
        let standard = self.standardText ?? self.absentText
        let valueName =
            switch self.kind {
            case .number: "n"
            case .decimal: "amount"
            case .text, .list, .choice, .flag: "text"
            }
        return ArgumentHelp(
            self.kind == .flag ? self.help : standard.map { "\(self.help) (default: \($0))" } ?? self.help,
            valueName: valueName
        )
    }
}
