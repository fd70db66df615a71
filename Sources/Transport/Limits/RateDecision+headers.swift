import HTTPTypes

/// The decision as clients see it: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10), and the
/// three fields that many clients know from its earlier drafts.
extension RateDecision {
    private static let policyField = HTTPField.Name("RateLimit-Policy")
    private static let stateField = HTTPField.Name("RateLimit")
    private static let limitField = HTTPField.Name("RateLimit-Limit")
    private static let remainingField = HTTPField.Name("RateLimit-Remaining")
    private static let resetField = HTTPField.Name("RateLimit-Reset")

    /// - Parameters:
    ///   - fields: of the response.
    ///   - routeClass: the policy's name.
    func add(to fields: inout HTTPFields, _ routeClass: RouteClass) {
        let window = Int(RateBucket.window / .seconds(1))
        let reset = Int((self.reset / .seconds(1)).rounded(.up))
        let values = [
            (Self.policyField, "\"\(routeClass.rawValue)\";q=\(self.quota);w=\(window)"),
            (Self.stateField, "\"\(routeClass.rawValue)\";r=\(self.remaining);t=\(reset)"),
            (Self.limitField, "\(self.quota)"), (Self.remainingField, "\(self.remaining)"),
            (Self.resetField, "\(reset)"),
        ]
        for case (let name?, let value) in values { fields[name] = value }
    }

    /// The refusal; `nil` for a request that was let through.
    func problem(_ routeClass: RouteClass) -> Problem? {
        guard let retryAfter else { return nil }
        var problem = Problem(
            .rateLimited,
            "More than \(self.quota) requests of the class \(routeClass.rawValue) a minute; come back later."
        )
        problem.retryAfter = retryAfter
        return problem
    }
}
