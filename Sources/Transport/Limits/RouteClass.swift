import Actors

/// What a request costs the server, as far as rate limits go.
package enum RouteClass: String, MetricValue {
    /// Looks something up, or changes a word.
    case light
    /// Makes an agent work, or a session begin or end.
    case work
    /// Begins a stream of events.
    case stream
    /// Not limited: health, and what a machine asks every few seconds.
    case open
}
