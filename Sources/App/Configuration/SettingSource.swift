/// Where a value came from; the first of these that has one decides.
enum SettingSource: Sendable, Equatable {
    case option
    /// The command itself: `troupe demo` has its own agent.
    case command(String)
    /// A variable, by its whole name.
    case environment(String)
    case file(path: String, line: Int)
    case standard

    /// One word for programs.
    var word: String {
        switch self {
        case .option: "option"
        case .command: "command"
        case .environment: "environment"
        case .file: "file"
        case .standard: "default"
        }
    }

    /// What a person looks for to change the setting of this name.
    func place(of name: String) -> String {
        switch self {
        case .option: "--\(name)"
        case .command(let command): "troupe \(command)"
        case .environment(let variable): variable
        case .file(let path, let line): "\(path):\(line)"
        case .standard: "default"
        }
    }

    /// What begins a sentence about its value there.
    func subject(_ name: String) -> String {
        if case .file = self { "\(self.place(of: name)): \(name)" } else { self.place(of: name) }
    }
}
