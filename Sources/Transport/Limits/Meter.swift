import Actors

/// Counts what callers do: by their key, or by their address where there is none.
struct Meter: Sendable {
    let limiter: RateLimiter
    private let places = Places()

    init(_ limiter: RateLimiter) {
        self.limiter = limiter
    }

    /// Counts a request or a command.
    ///
    /// - Parameters:
    ///   - caller: who asks; holders of one viewer link are told apart by their addresses.
    ///   - address: from where.
    ///   - routeClass: what for.
    /// - Returns: the decision; `nil` where there is no limit.
    func admit(_ caller: Caller, from address: AddressBlock, _ routeClass: RouteClass) -> RateDecision? {
        guard let key = caller.key, caller.onlySession == nil else {
            return self.limiter.admit("address \(address)", routeClass)
        }
        return self.limiter.admit("key \(key.id)", routeClass, ownQuota: key.limits?.requestsPerMinute)
    }

    /// A place for a stream or a socket, which lasts as long as it is held.
    ///
    /// - Returns: `nil` for a caller without such a limit.
    /// - Throws: `Problem` when its key has no place left.
    func place(for caller: Caller) throws(Problem) -> Places.Place? {
        guard let key = caller.key, let limit = key.limits?.subscribers else { return nil }
        guard let place = self.places.take(key.id, limit: limit) else {
            throw Problem(.tooManyStreams, "This key may have \(limit) streams and sockets open at once.")
        }
        return place
    }

    /// The refusal of who shows nothing, or something that opens nothing; after too many of these, to come back later.
    func refusal(_ credentials: Authenticator.Credentials, from address: AddressBlock) -> Problem {
        guard !credentials.isEmpty, let retryAfter = self.limiter.failed(address) else {
            return Authenticator.refusal(credentials)
        }
        var problem = Problem(.rateLimited, "Too many wrong keys from this address; come back later.")
        problem.retryAfter = retryAfter
        return problem
    }
}
