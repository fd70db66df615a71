/// The settings that `--settings` and `apply_flag_settings` give, the only ones known here.
struct FlagSettings {
    private(set) var value: JSON
    private let effort: String?

    init(options: Options) {
        self.value = options.settings
        self.effort = options.effort
    }

    /// Adds settings, those of the same name replaced and those that are null removed.
    mutating func apply(_ settings: JSON) {
        self.value = Self.merged(self.value, settings)
    }

    /// The rules of that behaviour: `allow`, `deny` or `ask`.
    func rules(_ behavior: PermissionRules.Behavior) -> [String] {
        self.value["permissions"]?[behavior.rawValue]?.elements.compactMap(\.text) ?? []
    }

    /// The answer to `get_settings`.
    func answer(model: String) -> JSON {
        let isEmpty = self.value == [:]
        return [
            "effective": self.value,
            "sources": isEmpty ? [] : [["source": "flagSettings", "settings": self.value]],
            "served_settings_state": "ineligible",
            "applied": [
                "model": .string(model), "effort": self.value["effortLevel"] ?? .string(self.effort ?? "medium"),
                "advisor": .null, "ultracode": false, "ultracodeRequested": false, "ultracodeAvailable": true,
                "ultrathinkAvailable": false, "outsideFileToolReadsBlocked": false,
                "outsideFileToolWritesBlocked": false, "outsideBlocksCountLaunchFoldersOnly": false,
                "launchEnvLeftOwnFilesInPlace": false,
            ],
        ]
    }

    private static func merged(_ old: JSON, _ new: JSON) -> JSON {
        guard case .object(let members) = new, case .object = old else { return new }
        var result = old
        for member in members {
            result[member.name] = member.value == .null ? nil : Self.merged(old[member.name] ?? .null, member.value)
        }
        return result
    }
}
