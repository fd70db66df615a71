import Actors
import Hummingbird

/// What stands before every route: who asks, and whether that one may.
struct Gate: Sendable {
    let authenticator: Authenticator
    let meter: Meter
    /// The largest body where no prompt belongs.
    let maximumSmallBodyBytes: Int
    /// Where refusals of what is too much are counted.
    let limited: CounterSet<RouteClass>
    /// What all bodies together may hold.
    let bodies: BodyBudget

    /// Lets a request in.
    ///
    /// - Returns: who asks.
    /// - Throws: `Problem`: 401 for nobody we know, 403 for somebody who may not.
    func admit(_ request: Request, to endpoint: Endpoint, _ context: APIContext) throws(Problem) -> Caller {
        let ticket = request.uri.queryParameters["ticket"].map(String.init)
        let credentials = Authenticator.Credentials(request.headers, ticket: ticket)
        let caller = self.authenticator.caller(credentials)
        context.facts.caller = caller
        guard let scope = endpoint.scope else { return caller ?? .nobody }
        guard let caller else {
            let problem = self.meter.refusal(credentials, from: context.client.block)
            if problem.retryAfter != nil { self.limited.increment(endpoint.class) }
            throw problem
        }
        try Self.check(caller, needs: scope, isForViewers: endpoint.isForViewers)
        return caller
    }

    /// Counts the request against the caller's rate, and notes for the answer what is left of that.
    ///
    /// - Throws: `Problem` with the time to come back after, when there is nothing left.
    func count(_ caller: Caller, _ endpoint: Endpoint, _ context: APIContext) throws(Problem) {
        guard let decision = self.meter.admit(caller, from: context.client.block, endpoint.class) else { return }
        context.facts.rate = (decision, endpoint.class)
        guard let problem = decision.problem(endpoint.class) else { return }
        self.limited.increment(endpoint.class)
        throw problem
    }

    /// - Throws: `Problem` when a caller may not do what needs this scope.
    static func check(_ caller: Caller, needs scope: Scope, isForViewers: Bool) throws(Problem) {
        guard caller.may(scope) else { throw Problem(.forbidden, "This needs a key with the scope \(scope.rawValue).") }
        guard caller.onlySession == nil || isForViewers else {
            throw Problem(.forbidden, "A viewer link shows one session and nothing else.")
        }
    }
}
