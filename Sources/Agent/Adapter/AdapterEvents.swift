/// What a program prints, line by line, told as a turn of the CLI: a value, and a pure function of what it has seen.
package protocol AdapterEvents: Sendable {
    init()

    /// The command line behind the program's name; the prompt comes on its standard input.
    static func arguments(_ request: AdapterRequest) -> [String]

    /// Takes an event; kinds that a later version prints are passed over.
    mutating func take(_ event: JSONObject, _ turn: inout AdapterTurn)
}

/// What a program is run for.
package struct AdapterRequest: Sendable, Equatable {
    /// The model, where somebody has chosen one.
    package var model: String?
    /// The program's own id of the conversation that goes on.
    package var conversation: String?
    /// Flags of the program's own.
    package var arguments: [String]

    package init(model: String? = nil, conversation: String? = nil, arguments: [String] = []) {
        self.model = model
        self.conversation = conversation
        self.arguments = arguments
    }
}
