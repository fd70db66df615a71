import HTTPTypes

/// Which methods each path has: what `Allow` says (RFC 9110 §10.2.1).
struct MethodTable: Sendable {
    private struct Entry: Sendable {
        /// A component that is a parameter is `nil`.
        let components: [Substring?]
        /// Whether anything may follow (`**`).
        let isOpen: Bool
        var methods: [HTTPRequest.Method]
    }

    private var entries: [String: Entry] = [:]

    /// - Parameter routes: GET stands for HEAD too; a path with its parameters, as `/v1/sessions/{id}`.
    init(_ routes: [(method: HTTPRequest.Method, path: String)]) {
        for route in routes { self.add(route.method, route.path) }
    }

    private mutating func add(_ method: HTTPRequest.Method, _ path: String) {
        let parts = path.split(separator: "/")
        let isOpen = parts.last == "**"
        let components = parts.prefix(isOpen ? parts.count - 1 : parts.count).map { $0.hasPrefix("{") ? nil : $0 }
        let entry = Entry(components: components, isOpen: isOpen, methods: [.options])
        self.entries[path, default: entry].methods.append(method)
        if method == .get { self.entries[path]?.methods.append(.head) }
    }

    /// The methods of a path as a request has it, sorted; none where there is nothing at all.
    func methods(of path: String) -> [HTTPRequest.Method] {
        let components = path.split(separator: "/", omittingEmptySubsequences: true)
        let fitting = self.entries.values.filter { entry in
            (entry.isOpen ? components.count > entry.components.count : components.count == entry.components.count)
                && zip(entry.components, components).allSatisfy { $0 == nil || $0 == $1 }
        }
        // The router takes a part that is named before one that is a parameter.
        let named = fitting.map { $0.components.count { $0 != nil } }.max()
        let best = fitting.filter { entry in entry.components.count { $0 != nil } == named }
        return Set(best.flatMap(\.methods)).sorted { $0.rawValue < $1.rawValue }
    }
}
