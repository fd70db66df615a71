/// What went wrong with TLS: with the files at start or reload, or with one connection.
package struct TLSError: Error, Equatable, CustomStringConvertible {
    /// For programs: which kind of failure this is.
    package enum Code: String, Sendable {
        /// A certificate or key file does not exist.
        case fileMissing = "tls_file_missing"
        /// A file exists and cannot be read.
        case fileUnreadable = "tls_file_unreadable"
        /// A file holds no PEM block of the kind that is needed, or a damaged one.
        case notPEM = "tls_not_pem"
        /// The key is encrypted, and a server has nobody to ask for its password.
        case keyEncrypted = "tls_key_encrypted"
        /// Certificate and key do not belong together.
        case keyMismatch = "tls_key_mismatch"
        /// OpenSSL does not take a certificate or key, for example because it is too weak.
        case certificateRefused = "tls_certificate_refused"
        /// OpenSSL could not be set up, or had no memory.
        case libraryFailed = "tls_library_failed"
        /// The handshake failed: no common version, cipher or protocol, not TLS at all, or the peer's refusal.
        case handshakeFailed = "tls_handshake_failed"
        /// The handshake was not done in time.
        case handshakeTimedOut = "tls_handshake_timed_out"
        /// A peer went on with handshake messages long after the handshake.
        case handshakeAbused = "tls_handshake_abused"
        /// A record after the handshake was not valid.
        case recordInvalid = "tls_record_invalid"
        /// The connection ended without the peer saying so, and may have been cut (RFC 8446 §6.1).
        case truncated = "tls_truncated"
        /// The server wrote more before the handshake was done than is kept for it.
        case tooMuchBeforeHandshake = "tls_too_much_before_handshake"
    }

    /// For programs.
    package let code: Code
    /// For people: one line, with the file's name and OpenSSL's reason where there are such.
    package let detail: String

    /// Makes an error of one kind with the words for it.
    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The line for a terminal or a log.
    package var description: String {
        "\(self.detail) (\(self.code.rawValue))"
    }
}
