/// A command of the CLI's own that a prompt can be, answered without the model.
enum SlashCommand: Equatable {
    case compact
    case clear
    case model(String)
    /// `/cost`, and `/usage` which says the same.
    case cost(name: String)

    /// The command that the text is; nil for an unknown one, which the model gets as text.
    init?(text: String) {
        guard text.hasPrefix("/") else { return nil }
        let name = text.dropFirst().prefix { !$0.isWhitespace }
        let arguments = text.dropFirst(name.count + 1).split(whereSeparator: \.isWhitespace)
        switch name {
        case "compact": self = .compact
        case "clear", "reset", "new": self = .clear
        case "model": self = .model(arguments.first.map(String.init) ?? "default")
        case "cost", "usage": self = .cost(name: String(name))
        default: return nil
        }
    }

    /// What `local_command` of its result says.
    var name: String {
        switch self {
        case .compact: "compact"
        case .clear: "clear"
        case .model: "model"
        case .cost(let name): name
        }
    }
}
