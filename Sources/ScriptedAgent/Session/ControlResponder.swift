import Glibc

/// Answers the host's control requests, at any time.
struct ControlResponder {
    /// What is written back; the envelope of a success can carry more members.
    enum Answer {
        case success(JSON?, extra: [(String, JSON)] = [])
        case failure(String, code: String?)
    }

    private let agent: ScriptedAgent

    init(agent: ScriptedAgent) {
        self.agent = agent
    }

    private var session: AgentSession { self.agent.session }

    /// Carries out what has to come before the answer, and makes it.
    func answer(_ request: JSON, id: JSON) -> Answer {
        let subtype = request["subtype"]?.text ?? "undefined"
        switch subtype {
        case "initialize": return self.initialize()
        case "interrupt": return self.interrupt(cancelsQueued: request["cancel_queued"]?.flag == true)
        case "set_model": return self.setModel(request["model"]?.text)
        case "set_permission_mode": return self.setPermissionMode(request["mode"]?.text ?? "undefined")
        case "cancel_async_message": return self.cancelMessage(request["message_uuid"]?.text ?? "")
        case "stop_task", "get_task_output": return self.task(subtype, request["task_id"]?.text ?? "")
        case "rename_session":
            self.session.emitSystem("session_title_changed", ["title": request["title"] ?? ""])
            return .success(nil)
        case "set_max_thinking_tokens", "apply_flag_settings", "mcp_reconnect", "mcp_toggle", "mcp_message":
            return .success(nil)
        default:
            guard let payload = self.query(subtype) else {
                let error = "Unsupported control request subtype: \(subtype)"
                return .failure(error, code: "unsupported_request")
            }
            return .success(payload)
        }
    }

    /// Does what comes after the answer.
    func followUp(_ request: JSON) {
        switch request["subtype"]?.text {
        case "interrupt" where !self.session.ignored.contains(.interrupts): self.agent.turn?.interrupt()
        case "set_permission_mode":
            if let mode = request["mode"]?.text, mode == self.session.rules.mode {
                self.session.setPermissionMode(mode)
            }
        default: break
        }
    }

    private func initialize() -> Answer {
        var payload = JSONParser.parse(RecordedLines.initializeAnswer) ?? .object([])
        payload["pid"] = JSON(Int(getpid()))
        payload["current_permission_mode"] = .string(self.session.rules.mode)
        payload["session_state"] = .string(self.session.state.rawValue)
        let open = self.agent.turn?.openRequests ?? []
        return .success(
            payload,
            extra: [("pending_permission_requests", .array(open)), ("pending_user_dialog_requests", [])]
        )
    }

    private func interrupt(cancelsQueued: Bool) -> Answer {
        guard cancelsQueued else {
            if !self.session.ignored.contains(.interrupts) { self.agent.turn?.cancelAsks() }
            return .success(["still_queued": JSON(self.agent.queue.uuids)])
        }
        let cancelled = self.agent.queue.cancelAll()
        for uuid in cancelled { self.session.emitLifecycle(uuid, "cancelled") }
        if !self.session.ignored.contains(.interrupts) { self.agent.turn?.cancelAsks() }
        return .success(["still_queued": [], "cancelled": JSON(cancelled)])
    }

    private func setModel(_ name: String?) -> Answer {
        let model = Options.resolvedModel(name ?? "default")
        self.session.model = model
        let text = "<local-command-stdout>Set model to `\(model)`</local-command-stdout>"
        self.session.emit([
            "type": "user", "message": ["role": "user", "content": .string(text)],
            "session_id": .string(self.session.id), "parent_tool_use_id": .null,
            "uuid": .string(self.session.identifiers.uuid()), "timestamp": .string(Clock.timestamp), "isReplay": true,
        ])
        return .success(["model": .string(model)])
    }

    private func setPermissionMode(_ mode: String) -> Answer {
        guard Options.permissionModes.contains(mode) else {
            let choices = Options.permissionModes.joined(separator: ", ")
            return .failure("Cannot set permission mode: must be one of \(choices)", code: "invalid_mode")
        }
        guard mode != "bypassPermissions" || self.session.options.allowsBypass else {
            return .failure(
                "Cannot set permission mode to bypassPermissions because the session was not launched with "
                    + "--dangerously-skip-permissions",
                code: "bypass_not_launched"
            )
        }
        self.session.rules.mode = mode
        return .success(["mode": .string(mode)])
    }

    private func cancelMessage(_ uuid: String) -> Answer {
        guard self.agent.queue.cancel(uuid: uuid) else { return .success(["cancelled": false]) }
        self.session.emitLifecycle(uuid, "cancelled")
        return .success(["cancelled": true, "message_uuid": .string(uuid)])
    }

    private func task(_ subtype: String, _ id: String) -> Answer {
        guard let task = self.session.backgroundTasks.first(where: { $0.id == id }) else {
            return .failure("No task found with ID: \(id)", code: nil)
        }
        if subtype == "stop_task" {
            task.shell.kill()
            self.session.end(task, isStopped: true)
            return .success([:])
        }
        _ = task.shell.update()
        let output = String(decoding: task.shell.output.suffix(8192), as: UTF8.self)
        return .success([
            "output": .string(output), "total_bytes": JSON(task.shell.output.count),
            "truncated": .bool(task.shell.output.count > 8192),
        ])
    }

    /// What only tells; nil for what is not known.
    private func query(_ subtype: String) -> JSON? {
        switch subtype {
        case "mcp_status": ["mcpServers": []]
        case "mcp_set_servers": ["added": [], "removed": [], "errors": [:]]
        case "get_context_usage": self.contextUsage
        case "get_settings":
            ["effective": [:], "sources": [], "applied": ["model": .string(self.session.model), "effort": "medium"]]
        case "get_session_cost":
            [
                "text": .string(
                    "Estimated cost:        $\(self.session.totalCost)\n"
                        + Answers.text(of: .usage, session: self.session)
                )
            ]
        case "get_usage":
            [
                "session": [
                    "total_cost_usd": JSON(self.session.totalCost),
                    "model_usage": AgentSession.modelUsage(self.session.totals),
                ],
                "rate_limits": .null,
            ]
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
        case "rewind_files": ["canRewind": false, "error": "No file checkpoint found for this message."]
        case "background_tasks": [:]
        default: nil
        }
    }

    private var contextUsage: JSON {
        let used = self.session.inputTokens
        let messages: JSON = [
            "id": "messages", "name": "Messages", "tokens": JSON(used), "color": "purple_FOR_SUBAGENTS_ONLY",
            "kind": "used",
        ]
        let free: JSON = [
            "id": "free_space", "name": "Free space", "tokens": JSON(1_000_000 - used), "color": "promptBorder",
            "kind": "free",
        ]
        return [
            "categories": [messages, free], "totalTokens": JSON(used), "maxTokens": 1_000_000,
            "rawMaxTokens": 1_000_000, "autocompactSource": "model-default", "percentage": JSON(used / 10_000),
            "gridRows": [], "model": .string(self.session.model),
        ]
    }

    private var permissionRules: JSON {
        let rules = self.session.rules.allowedRules.map { rule -> JSON in
            ["behavior": "allow", "source": "session", "rule": .string(rule)]
        }
        return [
            "state": [
                "rules": .array(rules), "workspaceDirectories": [],
                "originalCwd": .string(self.session.workingDirectory), "managedOnly": false,
            ]
        ]
    }
}
