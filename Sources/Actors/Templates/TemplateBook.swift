/// The templates in force; decides what a new reading changes of them.
package struct TemplateBook: Sendable, Equatable {
    /// What a reading has changed, by name, each list in order.
    package struct Change: Sendable, Equatable {
        package var added: [String] = []
        package var changed: [String] = []
        package var removed: [String] = []
        /// What could not be read: what was in force under those names still is.
        package var faults: [TemplateReading.Fault] = []

        package init() {}

        package var isEmpty: Bool {
            self.added.isEmpty && self.changed.isEmpty && self.removed.isEmpty && self.faults.isEmpty
        }
    }

    private(set) var templates: [String: Template] = [:]

    /// Takes a reading over; a template whose file is broken stays as it was.
    mutating func take(_ reading: TemplateReading) -> Change {
        var change = Change()
        var next: [String: Template] = [:]
        for template in reading.templates { next[template.name] = template }
        for fault in reading.faults {
            next[fault.name] = self.templates[fault.name] ?? reading.fallbacks[fault.name]
        }
        for (name, template) in next where self.templates[name] != template {
            if self.templates[name] == nil { change.added.append(name) } else { change.changed.append(name) }
        }
        change.removed = self.templates.keys.filter { next[$0] == nil }.sorted()
        change.added.sort()
        change.changed.sort()
        change.faults = reading.faults
        self.templates = next
        return change
    }
}
