import NIOCore

/// What one connection, and all of them together, may take of the server; docs/limits.md has the table.
package struct ConnectionLimits: Sendable {
    /// Connections at once; one more is told 503, or just closed where it would have to shake hands first.
    package var maximumConnections = 10_000
    /// Connections of one client address at once.
    package var maximumConnectionsPerAddress = 256
    /// Whether clients on this machine are exempt from the limit for an address.
    package var exemptsLoopback = true
    /// Addresses that are exempt because they speak for many.
    package var proxies: [AddressRange] = []
    /// From the connection, or the first byte of a later request, to the end of its head; and what a body gets beside the
    /// time its size allows.
    package var requestTimeout: Duration = .seconds(30)
    /// Bytes a second that a body must bring in the mean, after the first `requestTimeout`.
    package var minimumBodyRate = 1024
    /// What the slowest body gets.
    package var maximumBodyTime: Duration = .seconds(900)
    /// A connection with no request on it is closed after this long.
    package var idleTimeout: Duration = .seconds(60)
    /// How long a client may take nothing of what waits for it.
    ///
    /// Longer than a stream's own patience (`Fanout.Configuration.maximumLagTime`), which tells the client its cursor.
    package var stallTimeout: Duration = .seconds(45)
    /// The largest body where prompts may be.
    package var maximumBodyBytes = 32 << 20
    /// What all bodies and messages together may hold of the memory; a body that may be has room at least once.
    package var maximumBodiesBytes = 256 << 20
    /// The largest body anywhere else.
    package var maximumSmallBodyBytes = 1 << 20
    /// The largest head of a request (RFC 9112 §3 leaves it to us).
    package var maximumHeaderBytes = 32 << 10
    package var maximumHeaderCount = 200
    /// The longest target of a request (RFC 9112 §3 asks for 8000 at least).
    package var maximumTargetBytes = 8 << 10
    /// Requests of one HTTP/1.1 connection that may wait for their answers.
    package var maximumPipelinedRequests = 128

    package init() {}

    /// How a client must keep up with what it sends.
    var pace: RequestPace.Limits {
        RequestPace.Limits(
            timeout: TimeAmount(self.requestTimeout),
            minimumRate: self.minimumBodyRate,
            maximumTime: TimeAmount(self.maximumBodyTime),
            idle: TimeAmount(self.idleTimeout)
        )
    }
}
