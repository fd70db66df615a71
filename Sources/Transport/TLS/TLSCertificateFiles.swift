import COpenSSL
import Glibc

/// Reads a certificate chain and its key from PEM files, and says in one line what is wrong with them.
struct TLSCertificateFiles {
    /// Far above any chain of certificates, and an end to files that have none.
    private static let maximumFileBytes = 1 << 20

    private let configuration: TLSConfiguration

    init(_ configuration: TLSConfiguration) {
        self.configuration = configuration
    }

    /// Puts chain and key into an `SSL_CTX`.
    func install(in context: OpaquePointer) throws(TLSError) {
        ERR_clear_error()
        try self.installChain(in: context)
        try self.installKey(in: context)
    }

    private func installChain(in context: OpaquePointer) throws(TLSError) {
        let path = self.configuration.certificateChainFile
        let file = try self.open(path, as: "certificate")
        defer { BIO_free(file) }

        guard let leaf = PEM_read_bio_X509(file, nil, refusePassword, nil) else {
            throw self.unusable(path, as: "certificate")
        }
        defer { X509_free(leaf) }
        guard SSL_CTX_use_certificate(context, leaf) == 1 else {
            throw self.refused(path, as: "certificate")
        }
        while let issuer = PEM_read_bio_X509(file, nil, refusePassword, nil) {
            guard COpenSSL_SSL_CTX_add0_chain_cert(context, issuer) == 1 else {
                X509_free(issuer)
                throw self.refused(path, as: "certificate")
            }
        }
        // The list ends where no further block begins; any other reason is a damaged block.
        let end = ERR_peek_last_error()
        guard ERR_GET_LIB(end) == ERR_LIB_PEM, ERR_GET_REASON(end) == PEM_R_NO_START_LINE else {
            throw self.unusable(path, as: "certificate")
        }
        ERR_clear_error()
    }

    private func installKey(in context: OpaquePointer) throws(TLSError) {
        let path = self.configuration.privateKeyFile
        let file = try self.open(path, as: "private key")
        defer { BIO_free(file) }

        var wasAskedForPassword = false
        let key = withUnsafeMutablePointer(to: &wasAskedForPassword) { asked in
            PEM_read_bio_PrivateKey(file, nil, refusePassword, asked)
        }
        guard let key else {
            guard !wasAskedForPassword else {
                ERR_clear_error()
                throw TLSError(.keyEncrypted, "private key file '\(path)' is encrypted; it must not be")
            }
            throw self.unusable(path, as: "private key")
        }
        defer { EVP_PKEY_free(key) }
        let fits = SSL_CTX_get0_certificate(context).map { X509_check_private_key($0, key) == 1 } ?? false
        guard fits else {
            throw TLSError(
                .keyMismatch,
                "private key file '\(path)' does not belong to certificate file "
                    + "'\(self.configuration.certificateChainFile)': \(LibCrypto.takeFailure().reason)"
            )
        }
        guard SSL_CTX_use_PrivateKey(context, key) == 1 else {
            throw self.refused(path, as: "private key")
        }
    }

    /// The file's bytes in memory that OpenSSL wipes when it is freed.
    private func open(_ path: String, as role: String) throws(TLSError) -> OpaquePointer {
        guard let file = BIO_new_file(path, "r") else {
            let isMissing = ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_SYS && ERR_GET_REASON(ERR_peek_error()) == ENOENT
            throw TLSError(
                isMissing ? .fileMissing : .fileUnreadable,
                "\(role) file '\(path)' cannot be opened: \(LibCrypto.takeFailure().reason)"
            )
        }
        defer { BIO_free(file) }
        guard let memory = BIO_new(BIO_s_mem()) else {
            throw TLSError(.libraryFailed, "no memory for \(role) file '\(path)'")
        }
        let reason = self.copy(file, to: memory)
        guard let reason else { return memory }
        BIO_free(memory)
        throw TLSError(.fileUnreadable, "\(role) file '\(path)' cannot be read: \(reason)")
    }

    /// Returns what went wrong, if anything did.
    private func copy(_ file: OpaquePointer, to memory: OpaquePointer) -> String? {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { chunk in
            defer { OPENSSL_cleanse(chunk.baseAddress, chunk.count) }
            var total = 0
            while true {
                let count = BIO_read(file, chunk.baseAddress, Int32(chunk.count))
                if count == 0 { return nil }
                guard count > 0 else { return LibCrypto.takeFailure().reason }
                total += Int(count)
                guard total <= Self.maximumFileBytes else { return "it is larger than \(Self.maximumFileBytes) bytes" }
                guard BIO_write(memory, chunk.baseAddress, count) == count else { return "no memory" }
            }
        }
    }

    private func unusable(_ path: String, as role: String) -> TLSError {
        TLSError(.notPEM, "\(role) file '\(path)' holds no valid PEM \(role): \(LibCrypto.takeFailure().reason)")
    }

    private func refused(_ path: String, as role: String) -> TLSError {
        TLSError(.certificateRefused, "\(role) file '\(path)' is refused: \(LibCrypto.takeFailure().reason)")
    }
}

/// Stands where OpenSSL would ask the terminal for a password; notes in its last argument, a `Bool`, that it was asked.
private func refusePassword(
    _: UnsafeMutablePointer<CChar>?,
    _: Int32,
    _: Int32,
    asked: UnsafeMutableRawPointer?
) -> Int32 {
    asked?.assumingMemoryBound(to: Bool.self).pointee = true
    return -1
}
