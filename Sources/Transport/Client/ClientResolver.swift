import NIOCore

/// Finds out who the client is: the peer, or whom a trusted proxy names.
///
/// Forwarded fields are believed from trusted addresses only, from the last hop backwards: the first address that is no
/// trusted proxy's is the client. What stands before that may be the client's own invention.
package struct ClientResolver: Sendable {
    /// The fields that the proxies set; only one family is believed, since a proxy passes on what a client says in the other.
    package enum Fields: String, Sendable, CaseIterable {
        /// `X-Forwarded-For`, `-Proto`, `-Host`, `-Prefix`: nginx, Caddy, Traefik, HAProxy.
        case xForwarded = "x-forwarded"
        /// `Forwarded` (RFC 7239).
        case forwarded
    }

    package var trusted: [AddressRange]
    package var fields: Fields
    package var base: BasePath

    package init(trusted: [AddressRange] = [], fields: Fields = .xForwarded, base: BasePath = .root) {
        self.trusted = trusted
        self.fields = fields
        self.base = base
    }

    /// Decides for one request.
    ///
    /// - Parameters:
    ///   - peer: the other end of the connection.
    ///   - isSecure: whether that is TLS.
    ///   - authority: `Host` or `:authority`.
    ///   - values: the values of a field, by its name in lower case.
    /// - Returns: who the client is.
    func client(
        peer: SocketAddress?,
        isSecure: Bool,
        authority: String?,
        values: (String) -> [String]
    ) -> ClientAddress {
        let peer = IPAddress(peer)
        var client = ClientAddress(
            ip: peer,
            scheme: isSecure ? "https" : "http",
            host: authority,
            prefix: self.base.path,
            isForwarded: false
        )
        guard let peer, self.isTrusted(peer) else { return client }
        let hops = self.hops(values)
        for hop in hops.reversed() {
            client.isForwarded = true
            client.scheme = hop.scheme.flatMap { ["http", "https"].contains($0) ? $0 : nil } ?? client.scheme
            client.host = hop.host.flatMap { Self.isAuthority($0) ? $0 : nil } ?? client.host
            // Who hides stays behind the proxy that is known.
            guard let address = hop.address else { break }
            client.ip = address
            guard self.isTrusted(address) else { break }
        }
        if self.fields == .xForwarded, let prefix = values("x-forwarded-prefix").last.flatMap({ BasePath($0) }) {
            client.prefix = prefix.path + client.prefix
        }
        return client
    }

    private func isTrusted(_ address: IPAddress) -> Bool {
        self.trusted.contains { $0.contains(address) }
    }

    private func hops(_ values: (String) -> [String]) -> [ForwardedHop] {
        switch self.fields {
        case .forwarded: ForwardedHop.forwarded(values("forwarded"))
        case .xForwarded:
            ForwardedHop.xForwarded(
                for: values("x-forwarded-for"),
                proto: values("x-forwarded-proto"),
                host: values("x-forwarded-host")
            )
        }
    }

    /// A name or address with perhaps a port (RFC 3986 §3.2), without user information and escapes.
    private static func isAuthority(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                    || "-._:[]".utf8.contains(byte)
            }
    }
}
