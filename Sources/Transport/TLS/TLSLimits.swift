/// How long, and how much, a TLS connection is given for what serves nobody yet.
package struct TLSLimits: Sendable, Equatable {
    /// From the connection to the end of the handshake.
    package var handshakeTimeout: Duration
    /// From the server's close to the peer's close_notify.
    ///
    /// Until then the channel stays open, so that the peer can read what was written last before the kernel resets the
    /// connection.
    package var closeTimeout: Duration
    /// Bytes of plaintext kept while the handshake is under way; one more ends the connection.
    package var maximumBytesBeforeHandshake: Int

    /// Sets limits; the defaults suit a server on the open internet.
    package init(
        handshakeTimeout: Duration = .seconds(10),
        closeTimeout: Duration = .seconds(5),
        maximumBytesBeforeHandshake: Int = 1 << 20
    ) {
        self.handshakeTimeout = handshakeTimeout
        self.closeTimeout = closeTimeout
        self.maximumBytesBeforeHandshake = maximumBytesBeforeHandshake
    }
}
