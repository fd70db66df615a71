import COpenSSL
import NIOCore

/// A TLS client without a socket: what a test's server has to talk to.
///
/// Trusts everyone.
final class MemoryTLSClient {
    enum Version: CaseIterable { case tls12, tls13 }

    private let context: OpaquePointer?
    private let ssl: OpaquePointer?
    /// From the server, and to it.
    ///
    /// Owned by `ssl`.
    private let input = BIO_new(BIO_s_mem())
    private let output = BIO_new(BIO_s_mem())
    private(set) var received: [UInt8] = []
    private(set) var hasSeenCloseNotify = false
    /// OpenSSL's reason for having given up.
    private(set) var failure: String?

    init(_ version: Version = .tls13, applicationProtocols: [String] = []) {
        self.context = SSL_CTX_new(TLS_client_method())
        if version == .tls12 {
            SSL_CTX_ctrl(self.context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        }
        let list = applicationProtocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        if !list.isEmpty { SSL_CTX_set_alpn_protos(self.context, list, UInt32(list.count)) }
        self.ssl = SSL_new(self.context)
        SSL_set_bio(self.ssl, self.input, self.output)
        SSL_set_connect_state(self.ssl)
    }

    deinit {
        SSL_free(self.ssl)
        SSL_CTX_free(self.context)
    }

    var isConnected: Bool { SSL_is_init_finished(self.ssl) == 1 }

    /// Takes ciphertext and goes as far as it leads.
    func receive(_ ciphertext: [UInt8]) {
        if !ciphertext.isEmpty { BIO_write(self.input, ciphertext, Int32(ciphertext.count)) }
        self.step()
    }

    func step() {
        guard self.failure == nil else { return }
        ERR_clear_error()
        if !self.isConnected {
            let result = SSL_do_handshake(self.ssl)
            if result != 1 { return self.note(result) }
        }
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = SSL_read(self.ssl, &bytes, Int32(bytes.count))
            guard count > 0 else { return self.note(count) }
            self.received += bytes.prefix(Int(count))
        }
    }

    /// Ciphertext for the server.
    func takeOutput() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(self.output))
        let count = bytes.isEmpty ? 0 : BIO_read(self.output, &bytes, Int32(bytes.count))
        return Array(bytes.prefix(Int(max(count, 0))))
    }

    func send(_ bytes: [UInt8]) {
        SSL_write(self.ssl, bytes, Int32(bytes.count))
    }

    func sendCloseNotify() {
        SSL_shutdown(self.ssl)
    }

    /// Asks for new keys (TLS 1.3), and for the server's too.
    func sendKeyUpdate() {
        SSL_key_update(self.ssl, SSL_KEY_UPDATE_REQUESTED)
        SSL_do_handshake(self.ssl)
    }

    /// Asks for a new handshake (TLS 1.2).
    func sendRenegotiation() {
        SSL_renegotiate(self.ssl)
        SSL_do_handshake(self.ssl)
    }

    var subject: String {
        guard let certificate = SSL_get0_peer_certificate(self.ssl) else { return "" }
        var name = [CChar](repeating: 0, count: 256)
        X509_NAME_oneline(X509_get_subject_name(certificate), &name, Int32(name.count))
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func note(_ result: Int32) {
        switch SSL_get_error(self.ssl, result) {
        case SSL_ERROR_WANT_READ: break
        case SSL_ERROR_ZERO_RETURN: self.hasSeenCloseNotify = true
        default: self.failure = ERR_reason_error_string(ERR_peek_error()).map { String(cString: $0) } ?? "unknown"
        }
        ERR_clear_error()
    }
}
