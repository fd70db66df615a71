extension PermissionRules {
    /// The members of a `can_use_tool` that say what is asked and what could be allowed for good.
    func question(about request: Directive.ToolRequest) -> [(String, JSON)] {
        if let command = request.input["command"]?.text { return self.question(command: command, tool: request.name) }
        guard let path = request.input["file_path"]?.text else { return [] }
        if request.name == "Read" {
            return [
                ("description", .string(path)), ("permission_suggestions", [Self.readingRule(path)]),
                ("decision_reason", "Path is outside allowed working directories"),
                ("decision_reason_type", "workingDir"),
            ]
        }
        return [
            ("description", .string(path.split(separator: "/").last.map(String.init) ?? path)),
            ("permission_suggestions", [["type": "setMode", "mode": "acceptEdits", "destination": "session"]]),
        ]
    }

    private func question(command: String, tool: String) -> [(String, JSON)] {
        var suggestions: [JSON] = [Self.rule(tool, Self.ruleContent(of: command), destination: "localSettings")]
        var members: [(String, JSON)] = [("description", .string(command))]
        let words = command.split(separator: " ").map(String.init)
        let first = words.first ?? ""
        let target = words.last.map { self.absolute($0) } ?? ""
        let changesFile = Self.fileCommands.contains(first) && words.count > 1
        let isRedirected = words.contains { $0.hasPrefix(">") }
        if changesFile || isRedirected {
            suggestions.append([
                "type": "addDirectories", "directories": [.string(self.workingDirectory)], "destination": "session",
            ])
            if changesFile {
                suggestions.append(["type": "setMode", "mode": "acceptEdits", "destination": "session"])
            }
            members.append(("blocked_path", .string(target)))
        } else if Self.readOnlyCommands.contains(first), let path = words.first(where: { !self.isInside($0) }) {
            suggestions.append(Self.readingRule(path))
            members.append(("blocked_path", .string(path)))
        } else {
            members.append(("decision_reason", "This command requires approval"))
            members.append(("decision_reason_type", "other"))
        }
        members.append(("permission_suggestions", .array(suggestions)))
        return members
    }

    /// The rule for commands like that one: its first two words when the second looks like a subcommand, else all of it.
    private static func ruleContent(of command: String) -> String {
        let words = command.split(separator: " ")
        guard words.count > 1, words[1].first?.isLetter == true,
            words[1].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
        else { return command }
        return "\(words[0]) \(words[1]) *"
    }

    private static func readingRule(_ path: String) -> JSON {
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        return self.rule("Read", "//\(folder)/**", destination: "session")
    }

    private static func rule(_ tool: String, _ content: String, destination: String) -> JSON {
        [
            "type": "addRules", "rules": [["toolName": .string(tool), "ruleContent": .string(content)]],
            "behavior": "allow", "destination": .string(destination),
        ]
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(self.workingDirectory)/\(path)"
    }
}
