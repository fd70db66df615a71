/// From where a request comes and how its client calls this server, proxies looked through.
package struct ClientAddress: Sendable, Equatable {
    /// The client's address, or that of the last proxy that is known; `nil` where a connection has none.
    package var ip: IPAddress?
    /// `https` or `http`, as the client sees it.
    package var scheme = "http"
    /// The server's name and port as the client calls it; `nil` where it does not say.
    package var host: String?
    /// What stands before our paths in the client's: empty, or `/troupe`.
    package var prefix = ""
    /// Whether a trusted proxy has passed the request on.
    package var isForwarded = false

    /// For limits.
    var block: AddressBlock { AddressBlock(self.ip) }

    /// The path by which the client reaches one of ours.
    func path(_ path: String) -> String {
        self.prefix + path
    }
}
