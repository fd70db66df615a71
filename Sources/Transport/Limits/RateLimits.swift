/// Requests a minute for each key, or each client address where there are no keys; `nil` for no limit.
package struct RateLimits: Sendable, Equatable {
    package var light: Int?
    package var work: Int?
    package var stream: Int?
    /// Wrong keys a minute from one address.
    package var failures: Int?

    /// No limits: a server of one person on their own machine.
    package static let none = RateLimits()
    /// What suits a server that others use.
    package static let shared = RateLimits(light: 1200, work: 120, stream: 120, failures: 30)

    package init(light: Int? = nil, work: Int? = nil, stream: Int? = nil, failures: Int? = nil) {
        self.light = light
        self.work = work
        self.stream = stream
        self.failures = failures
    }

    /// The quota of a class.
    func quota(_ routeClass: RouteClass) -> Int? {
        switch routeClass {
        case .light: self.light
        case .work: self.work
        case .stream: self.stream
        case .open: nil
        }
    }
}
