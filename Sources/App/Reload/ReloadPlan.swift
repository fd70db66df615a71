/// What becomes of a configuration that was read again: what is taken up now, and what waits for a restart.
struct ReloadPlan {
    /// One value that is another now.
    struct Change: Equatable {
        let name: String
        /// In words; `set` for a secret.
        let before: String
        let after: String
    }

    /// In force from now on.
    let applied: [Change]
    /// Said in the file, but only a restart brings it into force.
    let waiting: [Change]
    /// What is in force now.
    let values: SettingValues

    /// - Parameters:
    ///   - old: what was in force.
    ///   - new: what was read.
    init(from old: SettingValues, to new: SettingValues) {
        let differences = new.differences(from: old)
        func changes(_ isReloadable: Bool) -> [Change] {
            differences.filter { $0.isReloadable == isReloadable }.map { setting in
                Change(name: setting.name, before: Self.words(old, setting), after: Self.words(new, setting))
            }
        }
        self.applied = changes(true)
        self.waiting = changes(false)
        self.values = old.takingReloadable(from: new)
    }

    private static func words(_ values: SettingValues, _ setting: any SettingDeclaration) -> String {
        values.shown(setting)?.joined(separator: ", ") ?? setting.absentText ?? "none"
    }
}
