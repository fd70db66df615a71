/// One part of the server that is brought up to date while it runs: a certificate, keys, templates, limits.
struct ReloadPart: Sendable {
    /// What the log calls it.
    let name: String
    /// Takes the new values, or reads its files again.
    ///
    /// Returns what has changed, a line each, without secrets. What throws has changed nothing: the old stays in force.
    let reload: @Sendable (SettingValues) async throws -> [String]
}
