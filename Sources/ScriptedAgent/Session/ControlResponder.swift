import Glibc

/// Answers the host's control requests, at any time.
struct ControlResponder {
    /// What is written back; the envelope of a success can carry more members.
    enum Answer {
        case success(JSON?, extra: [(String, JSON)] = [])
        case failure(String, code: String?)
    }

    private let agent: ScriptedAgent
    /// Sub-agents in the background that an interrupt has stopped, of which more is said after its answer.
    private var stoppedAgents: [BackgroundTask] = []

    init(agent: ScriptedAgent) {
        self.agent = agent
    }

    var session: AgentSession { self.agent.session }

    /// Carries out what has to come before the answer, and makes it.
    mutating func answer(_ request: JSON, id: JSON) -> Answer {
        let subtype = request["subtype"]?.text ?? "undefined"
        switch subtype {
        case "initialize": return self.initialize(request)
        case "interrupt":
            if !self.session.ignored.contains(.interrupts) { self.stoppedAgents = self.agent.stopBackgroundAgents() }
            return self.interrupt(cancelsQueued: request["cancel_queued"]?.flag == true)
        case "set_model": return self.setModel(request["model"]?.text)
        case "set_permission_mode": return self.setPermissionMode(request["mode"]?.text ?? "undefined")
        case "cancel_async_message": return self.cancelMessage(request["message_uuid"]?.text ?? "")
        case "stop_task", "get_task_output": return self.task(subtype, request["task_id"]?.text ?? "")
        case "rename_session":
            self.session.emitSystem("session_title_changed", ["title": request["title"] ?? ""])
            return .success(nil)
        case "set_max_thinking_tokens":
            self.session.thinkingBudget = request["max_thinking_tokens"]?.integer
            return .success(nil)
        case "apply_flag_settings":
            self.session.settings.apply(request["settings"] ?? [:])
            self.session.rules.take(self.session.settings)
            return .success(nil)
        case "mcp_reconnect", "mcp_toggle", "mcp_set_servers": return self.changeServers(subtype, request)
        case "mcp_message": return .success(nil)
        case "rewind_files": return self.rewind(request)
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
        case "interrupt" where !self.session.ignored.contains(.interrupts):
            for task in self.stoppedAgents { self.session.emitInterruption(of: task) }
            self.agent.turn?.interrupt()
        case "set_permission_mode":
            if let mode = request["mode"]?.text, mode == self.session.rules.mode {
                self.session.setPermissionMode(mode)
            }
        default: break
        }
    }

    private func initialize(_ request: JSON) -> Answer {
        if case .object(let agents)? = request["agents"] {
            self.session.agents.removeAll { old in agents.contains { $0.name == old.name } }
            self.session.agents += agents
        }
        var payload = JSONParser.parse(RecordedLines.initializeAnswer) ?? .object([])
        payload["pid"] = JSON(Int(getpid()))
        payload["agents"] = .array(
            (payload["agents"]?.elements ?? [])
                + self.session.agents.map { agent in
                    ["name": .string(agent.name), "description": agent.value["description"] ?? ""]
                }
        )
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
            self.session.stop(task)
            return .success([:])
        }
        _ = task.shell?.update()
        let output = task.shell?.output ?? []
        return .success([
            "output": .string(String(decoding: output.suffix(8192), as: UTF8.self)),
            "total_bytes": JSON(output.count), "truncated": .bool(output.count > 8192),
        ])
    }

    private func changeServers(_ subtype: String, _ request: JSON) -> Answer {
        let name = request["serverName"]?.text ?? ""
        let complaint: String?
        switch subtype {
        case "mcp_set_servers": return .success(self.session.mcpServers.set(request["servers"] ?? [:]))
        case "mcp_toggle":
            complaint = self.session.mcpServers.toggle(name, isEnabled: request["enabled"]?.flag ?? true)
        default: complaint = self.session.mcpServers.reconnect(name)
        }
        return complaint.map { .failure($0, code: nil) } ?? .success(nil)
    }

    /// A dry run that comes to nothing is a success that says so, the real thing a failure.
    private func rewind(_ request: JSON) -> Answer {
        let isDryRun = request["dry_run"]?.flag == true
        let checkpoints = self.session.checkpoints
        var complaint = "File rewinding is not enabled."
        if checkpoints.isEnabled {
            let message = request["user_message_id"]?.text ?? ""
            if let answer = checkpoints.rewind(to: message, isDryRun: isDryRun) { return .success(answer) }
            complaint = "No file checkpoint found for this message."
        }
        return isDryRun
            ? .success(["canRewind": false, "error": .string(complaint)]) : .failure(complaint, code: nil)
    }
}
