import COpenSSL

/// A certificate with its key and the rules under which connections are made with it; one for all connections.
///
/// TLS 1.2 and 1.3. With 1.2 only suites with forward secrecy and AEAD, which are also those HTTP/2 wants (RFC 9113
/// §9.2.2). Security level 2 or what the machine's openssl.cnf asks for, if that is more (SSL_CTX_set_security_level(3)).
/// Sessions are resumed by tickets alone, so the server keeps nothing for clients that are gone.
///
/// Proof: `raw` is set up in `init`, freed in `deinit`, and in between only given to `SSL_new`, which only adds to its
/// atomic reference count (openssl-threads(7)). Everything else is immutable.
package final class TLSContext: @unchecked Sendable {
    private let raw: OpaquePointer
    private let applicationProtocols: [[UInt8]]

    /// Reads the files of a configuration.
    ///
    /// Blocks for the time the disk takes. Throws a ``TLSError`` that names the file at fault.
    package init(_ configuration: TLSConfiguration) throws(TLSError) {
        ERR_clear_error()
        guard LibCrypto.ready, let raw = SSL_CTX_new(TLS_server_method()) else {
            throw TLSError(.libraryFailed, "OpenSSL cannot be set up: \(LibCrypto.takeFailure().reason)")
        }
        self.raw = raw
        self.applicationProtocols = configuration.applicationProtocols.map { Array($0.utf8) }
        try self.setRules()
        try TLSCertificateFiles(configuration).install(in: raw)
        self.answerApplicationProtocols()
        self.countHandshakes()
    }

    deinit {
        SSL_CTX_free(self.raw)
    }

    /// Makes the server's side of a new connection, which the caller frees.
    ///
    /// The caller keeps `self` alive as long as it: OpenSSL calls back into `self` during handshakes.
    func makeSSL() -> OpaquePointer? {
        SSL_new(self.raw)
    }

    /// The server's own certificate, which lives as long as this.
    var certificate: OpaquePointer? {
        SSL_CTX_get0_certificate(self.raw)
    }

    private func setRules() throws(TLSError) {
        // Client renegotiation (TLS 1.2) costs the server far more than the client and serves nobody.
        SSL_CTX_set_options(self.raw, COpenSSL_SSL_OP_NO_RENEGOTIATION())
        // An idle connection gives its two 16 KiB record buffers back.
        _ = COpenSSL_SSL_CTX_set_mode(
            self.raw,
            Int(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
        )
        // By default 20480 sessions would be kept, which tickets make pointless.
        _ = COpenSSL_SSL_CTX_set_session_cache_mode(self.raw, Int(SSL_SESS_CACHE_OFF))
        SSL_CTX_set_security_level(self.raw, max(2, SSL_CTX_get_security_level(self.raw)))
        guard
            COpenSSL_SSL_CTX_set_min_proto_version(self.raw, TLS1_2_VERSION) == 1,
            SSL_CTX_set_cipher_list(self.raw, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1
        else {
            throw TLSError(.libraryFailed, "OpenSSL refuses the TLS settings: \(LibCrypto.takeFailure().reason)")
        }
    }

    private func answerApplicationProtocols() {
        guard !self.applicationProtocols.isEmpty else { return }
        SSL_CTX_set_alpn_select_cb(
            self.raw,
            { _, selected, selectedLength, offered, offeredLength, argument in
                guard let selected, let selectedLength, let offered, let argument else {
                    return SSL_TLSEXT_ERR_ALERT_FATAL
                }
                let context = Unmanaged<TLSContext>.fromOpaque(argument).takeUnretainedValue()
                let list = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
                guard let range = context.selectProtocol(from: list), let start = list.baseAddress else {
                    // no_application_protocol (RFC 7301 §3.2).
                    return SSL_TLSEXT_ERR_ALERT_FATAL
                }
                selected.pointee = start + range.lowerBound
                selectedLength.pointee = UInt8(range.count)
                return SSL_TLSEXT_ERR_OK
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    /// Tells each connection of its handshake messages and alerts, so that it can stop a peer that only ever shakes hands.
    private func countHandshakes() {
        SSL_CTX_set_info_callback(self.raw) { ssl, event, _ in
            guard event & SSL_CB_LOOP != 0 || event & SSL_CB_ALERT != 0 else { return }
            TLSConnection.owner(of: SSL_get_rbio(ssl))?.noteHandshakeEvent()
        }
    }

    /// Where in a client's ALPN list, names that each follow their length (RFC 7301 §3.1), our best protocol stands.
    private func selectProtocol(from list: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var best: (rank: Int, range: Range<Int>)?
        var index = 0
        while index < list.count {
            let range = index + 1..<index + 1 + Int(list[index])
            guard range.upperBound <= list.count else { return nil }
            let rank = self.applicationProtocols.firstIndex { $0.elementsEqual(list[range]) }
            if let rank, rank < best?.rank ?? .max { best = (rank, range) }
            index = range.upperBound
        }
        return best?.range
    }
}
