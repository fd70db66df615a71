import Synchronization

/// What is learned of a request on its way in, for those who look at it from outside of that way.
final class RequestFacts: Sendable {
    private struct State {
        var requestID = ""
        var keyID: String?
    }

    private let state = Mutex(State())

    /// The request's id.
    var requestID: String {
        get { self.state.withLock { $0.requestID } }
        set { self.state.withLock { $0.requestID = newValue } }
    }

    /// The id of the key it came with; never the key.
    var keyID: String? {
        get { self.state.withLock { $0.keyID } }
        set { self.state.withLock { $0.keyID = newValue } }
    }
}
