import Actors
import Agent
import Logging
import ServiceLifecycle
import UnixSignals

/// SIGHUP brings every part up to date; what is broken leaves the old in force, and the log says what has changed.
struct ReloadService: Service {
    /// What is in force at the start.
    let values: SettingValues
    /// Looks the configuration up again.
    let read: @Sendable () throws -> SettingValues
    let parts: [ReloadPart]
    let manager: ServiceManager
    let audit: AuditTrail?
    let logger: Logger

    func run() async throws {
        var values = self.values
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            self.manager.tell(.reloadingNow)
            values = await self.reload(from: values)
            self.manager.tell(.ready(status: "serving, configuration read again"))
        }
    }

    /// One reload.
    ///
    /// - Parameter old: what is in force.
    /// - Returns: what is in force now.
    func reload(from old: SettingValues) async -> SettingValues {
        let notes = AuditNotes()
        let values = self.settings(from: old, notes)
        for part in self.parts {
            do {
                let changes = try await part.reload(values)
                for change in changes {
                    self.logger.notice("reloaded", metadata: ["part": "\(part.name)", "change": "\(change)"])
                }
                if !changes.isEmpty { notes.note(part.name, .texts(changes)) }
            } catch {
                notes.note(part.name, .text("failed"))
                self.logger.error(
                    "could not be reloaded; the old stays in force",
                    metadata: ["part": "\(part.name)", LogKey.error: "\(Self.words(error))"]
                )
            }
        }
        self.audit?.record("reload", bySystemTo: nil, notes)
        self.logger.notice("configuration read again")
        return values
    }

    private func settings(from old: SettingValues, _ notes: AuditNotes) -> SettingValues {
        do {
            let plan = ReloadPlan(from: old, to: try self.read())
            for change in plan.applied { self.tell(change, "setting changed") }
            if !plan.applied.isEmpty { notes.note("changed", .texts(plan.applied.map(\.name))) }
            for change in plan.waiting { self.tell(change, "setting needs a restart to change") }
            return plan.values
        } catch {
            notes.note("changed", .text("failed"))
            self.logger.error(
                "could not be reloaded; the old stays in force",
                metadata: ["part": "settings", LogKey.error: "\(Self.words(error))"]
            )
            return old
        }
    }

    private func tell(_ change: ReloadPlan.Change, _ message: Logger.Message) {
        self.logger.notice(
            message,
            metadata: ["setting": "\(change.name)", "before": "\(change.before)", "after": "\(change.after)"]
        )
    }

    private static func words(_ error: any Error) -> String {
        (error as? Failure)?.message ?? "\(error)"
    }
}
