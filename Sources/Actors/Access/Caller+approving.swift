/// Who may not answer approvals may not answer them in advance either.
extension Caller {
    /// The modes in which the CLI asks less than it does by itself (PROTOCOL §11): edits, most things, nothing.
    private static let answeringModes: Set = ["acceptEdits", "auto", SessionOptions.bypass]

    /// Refuses what would have tools run unasked, for who may not answer when they ask.
    ///
    /// - Parameters:
    ///   - tools: what is to be allowed from the start.
    ///   - mode: the permission mode that is asked for.
    ///   - backend: another program than the CLI, none of which asks.
    /// - Throws: `SessionError`, `scope_required`.
    func checkMayAllow(
        tools: [String] = [],
        mode: String?,
        backend: String? = nil
    ) throws(SessionError) {
        guard !self.may(.approve), !self.may(.admin) else { return }
        if !tools.isEmpty { throw Self.needsApprove("allowed_tools") }
        if backend != nil { throw Self.needsApprove("backend") }
        if let mode, Self.answeringModes.contains(mode) { throw Self.needsApprove("permission_mode \(mode)") }
    }

    private static func needsApprove(_ name: String) -> SessionError {
        SessionError(.scopeRequired, "A key without the scope approve may not send \(name): it answers in advance.")
    }
}
