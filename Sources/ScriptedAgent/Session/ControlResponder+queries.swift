extension ControlResponder {
    /// What only tells; nil for what is not known.
    func query(_ subtype: String) -> JSON? {
        switch subtype {
        case "mcp_status": ["mcpServers": self.session.mcpServers.statusLine]
        case "get_context_usage":
            ContextUsage(
                model: self.session.model,
                messageTokens: self.session.conversation.characters / 4,
                requestTokens: self.session.inputTokens
            ).answer
        case "get_settings": self.session.settings.answer(model: self.session.model)
        case "get_session_cost": ["text": .string(Answers.costs(self.session))]
        case "get_usage": self.usage
        case "list_models": ["models": JSONParser.parse(RecordedLines.initializeAnswer)?["models"] ?? []]
        case "list_permission_rules": self.permissionRules
        case "get_binary_version": ["version": "2.1.329"]
        case "get_status": ["sections": []]
        case "get_hooks_listing": ["events": [], "hooks": []]
        case "get_plan": ["exists": false]
        case "file_suggestions": ["suggestions": [], "cwd": .string(self.session.workingDirectory)]
        case "export_conversation": ["text": .string(self.session.conversation.prompts.joined(separator: "\n"))]
        case "get_workspace_diff": ["diff": .null, "noDiffReason": "no-repository"]
        case "reload_skills": ["skills": []]
        case "background_tasks": [:]
        default: nil
        }
    }

    private var usage: JSON {
        [
            "session": [
                "total_cost_usd": JSON(self.session.totalCost),
                "total_api_duration_ms": JSON(self.session.apiMilliseconds),
                "total_duration_ms": JSON((Clock.now - self.session.startedAt).milliseconds),
                "total_lines_added": 0, "total_lines_removed": 0,
                "model_usage": AgentSession.modelUsage(self.session.totals),
            ],
            "subscription_type": .null, "rate_limits_available": false, "rate_limits": .null, "behaviors": .null,
        ]
    }

    private var permissionRules: JSON {
        let rules = self.session.rules.rules.map { rule -> JSON in
            [
                "behavior": .string(rule.behavior.rawValue), "source": .string(rule.source),
                "rule": .string(rule.text),
            ]
        }
        let directories = self.session.rules.directories.map { directory -> JSON in
            ["path": .string(directory.path), "source": .string(directory.source)]
        }
        return [
            "state": [
                "rules": .array(rules), "workspaceDirectories": .array(directories),
                "originalCwd": .string(self.session.workingDirectory), "managedOnly": false,
            ]
        ]
    }
}
