/// Where the server's certificate is and what is offered over it.
package struct TLSConfiguration: Sendable, Equatable {
    /// PEM file with the server's certificate first, then the intermediate ones.
    package var certificateChainFile: String
    /// PEM file with the private key of the first certificate, not encrypted.
    package var privateKeyFile: String
    /// ALPN protocols, best first (RFC 7301).
    ///
    /// None of them known to a client that names some ends its handshake.
    package var applicationProtocols: [String]

    /// Describes a certificate, offering HTTP/2 and HTTP/1.1 over it unless told otherwise.
    package init(
        certificateChainFile: String,
        privateKeyFile: String,
        applicationProtocols: [String] = ["h2", "http/1.1"]
    ) {
        self.certificateChainFile = certificateChainFile
        self.privateKeyFile = privateKeyFile
        self.applicationProtocols = applicationProtocols
    }
}
