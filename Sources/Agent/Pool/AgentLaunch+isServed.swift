extension AgentLaunch {
    /// Whether a process that was started by `template` is as good as one started by this.
    ///
    /// Both begin a new conversation and are the same in all but what every process has for itself: the conversation's id,
    /// the owner's mark, and the directory for temporary files.
    package func isServed(by template: AgentLaunch) -> Bool {
        guard case .new = self.conversation, case .new = template.conversation else { return false }
        var same = self
        same.conversation = template.conversation
        same.owner = template.owner
        same.temporaryDirectory = template.temporaryDirectory
        // How the child is closed in, whose it is, and whose money it spends; `arguments` and `environment` are all that
        // follows from the other fields.
        guard same.user == template.user, same.credential == template.credential,
            same.bubblewrap == template.bubblewrap, same.writableDirectories == template.writableDirectories
        else { return false }
        return same.executable == template.executable && same.workingDirectory == template.workingDirectory
            && same.limits == template.limits && same.arguments == template.arguments
            && same.environment == template.environment
    }
}
