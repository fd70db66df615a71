import Actors

/// The API of claude-code-api (docs/surfaces/claude-code-api.md): named sessions, chat, jobs, files, templates.
struct CodeAPIRoutes {
    let house: CodeAPIHouse
    let files: FileRoutes

    init(sessions: SurfaceSessions, files: FileRoutes, settings: CodeAPISettings) {
        self.files = files
        self.house = CodeAPIHouse(sessions: sessions, settings: settings)
    }

    func add(to endpoints: Endpoints) {
        CodeAPISessions(house: self.house).add(to: endpoints)
        CodeAPIChat(house: self.house).add(to: endpoints)
        CodeAPIJobs(house: self.house).add(to: endpoints)
        CodeAPIFiles(house: self.house, files: self.files).add(to: endpoints)
        CodeAPITemplates(house: self.house).add(to: endpoints)
        CodeAPIUtilities(house: self.house).add(to: endpoints)
        self.house.supervisor.webhooks.wordJobs(as: CodeAPIJob.wording) { CodeAPIJob($0).hook }
    }
}
