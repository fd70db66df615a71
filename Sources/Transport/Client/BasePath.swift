/// The path below which the whole server lives: empty, or `/troupe`.
package struct BasePath: Sendable, Equatable {
    package static let root = BasePath(path: "")

    /// Without a slash at its end.
    package let path: String

    private init(path: String) {
        self.path = path
    }

    /// Reads `/troupe`, `/tools/troupe/` or `/`; `nil` for what could not stand in front of a path as it is.
    package init?(_ text: String) {
        let segments = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let isDirectory = segments.last?.isEmpty == true
        let names = isDirectory ? segments.dropLast() : segments
        let letters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        guard text.hasPrefix("/"), text.utf8.count <= 256,
            names.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && $0.allSatisfy(letters.contains) })
        else { return nil }
        self.path = names.map { "/\($0)" }.joined()
    }

    /// What is left of a request's target below this path, `/` at least; `nil` for one that is not below it.
    func strip(_ target: String) -> String? {
        guard !self.path.isEmpty else { return target }
        guard target.hasPrefix(self.path) else { return nil }
        let rest = target.dropFirst(self.path.count)
        if rest.isEmpty { return "/" }
        if rest.first == "?" { return "/\(rest)" }
        return rest.first == "/" ? String(rest) : nil
    }
}
