import Storage

/// Which events a stream wants (`?types=`, `?previews=`).
struct EventFilter: Hashable, Sendable {
    /// Prefixes of event types; empty for all.
    var types: [String] = []
    var includesPreviews = true

    static let everything = EventFilter()

    func passes(_ event: Event) -> Bool {
        if event.kind == .preview, !self.includesPreviews { return false }
        return self.types.isEmpty || self.types.contains { event.type.hasPrefix($0) }
    }
}
