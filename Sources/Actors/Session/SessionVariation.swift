/// How the turns to come differ from what their session was made with; `nil` for as it was made.
///
/// For APIs in which each request says such things anew: what one has asked for ends with the next that does not.
package struct SessionVariation: Sendable, Equatable, Codable {
    package var model: String?
    package var permissionMode: String?
    /// In the place of the session's own, and of what it appends.
    package var systemPrompt: String?
    package var effort: String?
    /// JSON Schema that the answer has to fit.
    package var outputSchema: String?

    package init() {}
}

extension SessionOptions {
    /// What the next process is started with.
    var inForce: SessionOptions {
        guard let variation else { return self }
        var options = self
        options.model = variation.model ?? self.model
        options.permissionMode = variation.permissionMode ?? self.permissionMode
        options.effort = variation.effort ?? self.effort
        if let prompt = variation.systemPrompt {
            options.systemPrompt = prompt
            options.appendSystemPrompt = nil
        }
        return options
    }

    /// Whether a process of these options can become one of others without being started anew.
    fileprivate func differsInLaunch(from other: SessionOptions) -> Bool {
        self.systemPrompt != other.systemPrompt || self.appendSystemPrompt != other.appendSystemPrompt
            || self.effort != other.effort || self.variation?.outputSchema != other.variation?.outputSchema
    }
}

extension Session {
    /// Has the turns to come differ from what the session was made with, in this and nothing else.
    ///
    /// Model and permission mode change on the running process; for the rest it is started anew, with the conversation.
    ///
    /// - Throws: `SessionError`: `session_busy` when it would have to be started anew and has work or is just being started,
    ///   `agent_refused`, `scope_required`.
    package func vary(_ variation: SessionVariation, by caller: Caller) async throws(SessionError) {
        try caller.checkMayAllow(mode: variation.permissionMode)
        guard self.machine.endReason == nil else { throw SessionError(.sessionEnded, "The session has ended.") }
        guard variation != self.options.variation ?? SessionVariation() else { return }
        if variation.permissionMode == SessionOptions.bypass, !self.mayUseSettings {
            throw SessionOptions.needsSettings("permission_mode \(SessionOptions.bypass)")
        }
        let before = self.options
        var after = before
        after.variation = variation
        if after.inForce.differsInLaunch(from: before.inForce) {
            try self.startAnew { $0.variation = variation }
        } else {
            self.options = after
            do throws(SessionError) {
                try await self.tell(after.inForce, otherThan: before.inForce)
            } catch {
                self.options.variation = before.variation
                throw error
            }
            self.isRecordStale = true
            self.settle()
        }
        await self.durable()
    }

    /// Has it work elsewhere from now on, where its conversation goes on.
    ///
    /// - Parameter directory: absolute.
    /// - Throws: `SessionError`: `workspace_refused`, `session_busy`.
    package func move(to directory: String) async throws(SessionError) {
        self.noteAct()
        guard self.machine.endReason == nil else { throw SessionError(.sessionEnded, "The session has ended.") }
        guard self.options.worktree == nil else {
            throw SessionError(.workspaceRefused, "A session with a worktree of its own stays there.")
        }
        let place = try self.plan.workspace.admit(directory, self.options.confinement)
        guard place != self.plan.workingDirectory(self.options) else { return }
        try self.startAnew { $0.workingDirectory = place }
        self.emit("session.updated", EventData.encode(SessionUpdated(cwd: place)))
        self.settle()
        await self.durable()
    }

    /// Changes what its process is started with, and has the next one take its place.
    private func startAnew(_ change: (inout SessionOptions) -> Void) throws(SessionError) {
        let isReady = self.machine.process == .ready
        guard isReady || self.machine.isQuiet else {
            throw SessionError(.sessionBusy, "The session has work, or is just being started.", retryAfter: .seconds(1))
        }
        let actions = isReady ? try self.machine.restart(now: self.time.now) : []
        change(&self.options)
        self.isRecordStale = true
        self.perform(actions)
    }

    /// Tells a running process what has changed.
    private func tell(_ options: SessionOptions, otherThan before: SessionOptions) async throws(SessionError) {
        guard self.machine.process == .ready else { return }
        if options.model != before.model {
            let model = options.model ?? self.plan.model ?? "default"
            _ = try await self.ask("set_model", Self.object("model", model))
        }
        if options.permissionMode != before.permissionMode {
            let mode = options.permissionMode ?? self.plan.permissionMode ?? "default"
            _ = try await self.ask("set_permission_mode", Self.object("mode", mode))
            self.permissionMode = mode
        }
    }
}
