import Agent
package import Logging
import Synchronization

/// The templates in force: read by every request, replaced as a whole by a reload.
package final class TemplateShelf: Sendable {
    /// What a reload has changed.
    package typealias Change = TemplateBook.Change

    private struct State {
        var book = TemplateBook()
        /// Of the source, when it was last read.
        var stamp: String?
    }

    private let state = Mutex(State())
    private let source: (any TemplateSource)?
    private let logger: Logger

    /// An empty shelf, to be filled by `reload`.
    ///
    /// - Parameters:
    ///   - source: where they come from; `nil` for a house without templates.
    ///   - logger: for files that cannot be read.
    package init(source: (any TemplateSource)? = nil, logger: Logger) {
        self.source = source
        self.logger = logger
    }

    /// All of them, in order of their names.
    package var templates: [Template] {
        self.state.withLock { $0.book.templates.values.sorted { $0.name < $1.name } }
    }

    /// One of them.
    ///
    /// - Throws: `SessionError` when there is none of that name.
    package func template(_ name: String) throws(SessionError) -> Template {
        guard let template = self.state.withLock({ $0.book.templates[name] }) else {
            throw SessionError(.templateNotFound, "There is no template of that name.")
        }
        return template
    }

    /// Reads the source again; what is broken leaves what was in force, and is named in the log.
    ///
    /// Blocks for as long as the files take.
    ///
    /// - Returns: what changed.
    package func reload() -> Change {
        guard let source else { return Change() }
        // Before the reading: what changes while it goes on is seen the next time.
        let stamp = source.stamp()
        let reading: TemplateReading
        do {
            reading = try source.read()
        } catch {
            self.logger.error("the templates cannot be read; the old ones stay", metadata: [LogKey.error: "\(error)"])
            self.state.withLock { $0.stamp = stamp }
            var change = Change()
            change.faults = [TemplateReading.Fault(name: "", file: "", message: "\(error)")]
            return change
        }
        let change = self.state.withLock { state in
            state.stamp = stamp
            return state.book.take(reading)
        }
        self.log(change)
        return change
    }

    /// Reads the source again if it looks changed since the last time.
    package func reloadIfChanged() {
        guard let source, source.stamp() != self.state.withLock({ $0.stamp }) else { return }
        _ = self.reload()
    }

    private func log(_ change: Change) {
        for fault in change.faults {
            self.logger.error(
                "a template cannot be read; what was in force stays",
                metadata: [
                    LogKey.template: "\(fault.name)", LogKey.templateFile: "\(fault.file)",
                    LogKey.error: "\(fault.message)",
                ]
            )
        }
        guard !change.added.isEmpty || !change.changed.isEmpty || !change.removed.isEmpty else { return }
        self.logger.info(
            "templates read",
            metadata: [
                LogKey.templatesAdded: "\(change.added.joined(separator: " "))",
                LogKey.templatesChanged: "\(change.changed.joined(separator: " "))",
                LogKey.templatesRemoved: "\(change.removed.joined(separator: " "))",
            ]
        )
    }
}
