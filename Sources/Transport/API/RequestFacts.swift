import Actors
import HTTPTypes
import Synchronization

/// What is learned of a request on its way in, for those who look at it from outside of that way.
final class RequestFacts: Sendable {
    private struct State {
        var requestID = ""
        var caller: Caller?
        var rate: (RateDecision, RouteClass)?
        var window: RequestWindow.State?
        var headers: HTTPFields = [:]
    }

    private let state = Mutex(State())

    /// The request's id.
    var requestID: String {
        get { self.state.withLock { $0.requestID } }
        set { self.state.withLock { $0.requestID = newValue } }
    }

    /// What the caller's rate limit said.
    var rate: (RateDecision, RouteClass)? {
        get { self.state.withLock { $0.rate } }
        set { self.state.withLock { $0.rate = newValue } }
    }

    /// What a surface's own limit said.
    var window: RequestWindow.State? {
        get { self.state.withLock { $0.window } }
        set { self.state.withLock { $0.window = newValue } }
    }

    /// What the answer's head gets, whatever the answer becomes.
    var headers: HTTPFields {
        get { self.state.withLock { $0.headers } }
        set { self.state.withLock { $0.headers = newValue } }
    }

    /// Who asks, as soon as that is known: before it is known whether that one may.
    var caller: Caller? {
        get { self.state.withLock { $0.caller } }
        set { self.state.withLock { $0.caller = newValue } }
    }

    /// The id of the caller's key; never the key.
    var keyID: String? { self.caller?.key?.id }
}
