import COpenSSL
import NIOCore

/// The server's side of one TLS connection, in memory: ciphertext and plaintext in, plaintext and ciphertext out.
///
/// No socket and no callout. For one event loop. OpenSSL reads from `input` and writes to `output` through a BIO of ours,
/// which spares the copy and the retained memory that `BIO_s_mem` costs; it takes all it is given, so no write to it ever
/// has to be repeated.
final class TLSConnection {
    /// How a step of the handshake ended.
    enum HandshakeOutcome: Equatable {
        case needsInput
        case completed(applicationProtocol: String?)
        case failed(TLSError)
    }

    /// Why no more plaintext is coming out just now.
    enum ReadOutcome: Equatable {
        /// The destination is full; call again with another.
        case full
        case needsInput
        /// The peer's close_notify is in: nothing will follow.
        case peerClosed
        case failed(TLSError)
    }

    /// What became of plaintext.
    enum WriteOutcome: Equatable {
        case wrote(Int)
        /// OpenSSL has to read first (the peer is in the middle of a key update). Nothing was taken.
        case needsInput
        case failed(TLSError)
    }

    /// The most plaintext in one record (RFC 8446 §5.1).
    static let recordBytes = 1 << 14
    /// More than any record adds to its plaintext: 5 of header, and 17 (TLS 1.3) or 24 (1.2) around it.
    static let recordOverhead = 32
    /// Handshake messages and alerts after the handshake.
    ///
    /// A client renews its keys after gigabytes, if ever.
    static let maximumHandshakeEvents = 256

    private let ssl: OpaquePointer
    /// Kept because OpenSSL calls back into it during the handshake.
    private let context: TLSContext
    private var input = ByteBuffer()
    private var output = ByteBuffer()
    private var handshakeEvents = 0

    /// Makes a connection that waits for a ClientHello.
    ///
    /// Throws only when there is no memory.
    init(_ context: TLSContext) throws(TLSError) {
        ERR_clear_error()
        guard let ssl = context.makeSSL() else {
            throw TLSError(.libraryFailed, "no TLS connection can be made: \(LibCrypto.takeFailure().reason)")
        }
        guard let method = Self.method.raw, let bio = BIO_new(method) else {
            SSL_free(ssl)
            throw TLSError(.libraryFailed, "no BIO can be made: \(LibCrypto.takeFailure().reason)")
        }
        self.ssl = ssl
        self.context = context
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(bio, 1)
        SSL_set_bio(ssl, bio, bio)
        SSL_set_accept_state(ssl)
    }

    deinit {
        SSL_free(self.ssl)
    }

    /// The room that all ciphertext in hand can need as plaintext, at the most common.
    var plaintextBytesExpected: Int {
        self.input.readableBytes + Int(SSL_pending(self.ssl))
    }

    /// Gives ciphertext, to be worked on by the next ``handshake()`` or ``read(into:)``.
    func feed(_ ciphertext: ByteBuffer) {
        if self.input.readableBytes == 0 {
            self.input = ciphertext
        } else {
            self.input.writeImmutableBuffer(ciphertext)
        }
    }

    /// Ciphertext for the peer, if there is any.
    func takeOutput() -> ByteBuffer? {
        guard self.output.readableBytes > 0 else { return nil }
        defer { self.output = ByteBuffer() }
        return self.output
    }

    /// Goes as far with the handshake as the input allows.
    ///
    /// OpenSSL bounds what it takes: a ClientHello of 131396 bytes, and no more change_cipher_spec or empty records than
    /// a handshake can have.
    func handshake() -> HandshakeOutcome {
        ERR_clear_error()
        let result = SSL_do_handshake(self.ssl)
        if result == 1 {
            self.handshakeEvents = 0
            return .completed(applicationProtocol: self.applicationProtocol)
        }
        guard SSL_get_error(self.ssl, result) == SSL_ERROR_WANT_READ else {
            return .failed(TLSError(.handshakeFailed, "TLS handshake failed: \(LibCrypto.takeFailure().reason)"))
        }
        return .needsInput
    }

    /// Decrypts into the writable bytes of a buffer until they are full or the input has run out.
    func read(into plaintext: inout ByteBuffer) -> ReadOutcome {
        while plaintext.writableBytes > 0 {
            var count = 0
            ERR_clear_error()
            let result = plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 0) { bytes in
                SSL_read_ex(self.ssl, bytes.baseAddress, bytes.count, &count) == 1 ? count : 0
            }
            guard self.handshakeEvents <= Self.maximumHandshakeEvents else {
                return .failed(
                    TLSError(.handshakeAbused, "over \(Self.maximumHandshakeEvents) handshake messages after the first")
                )
            }
            if result > 0 { continue }
            switch SSL_get_error(self.ssl, 0) {
            case SSL_ERROR_WANT_READ:
                return .needsInput
            case SSL_ERROR_ZERO_RETURN:
                return .peerClosed
            default:
                return .failed(TLSError(.recordInvalid, "TLS record refused: \(LibCrypto.takeFailure().reason)"))
            }
        }
        return .full
    }

    /// Makes room for the records of so many bytes of plaintext.
    func reserveOutput(forPlaintextBytes count: Int) {
        let records = (count + Self.recordBytes - 1) / Self.recordBytes
        self.output.reserveCapacity(minimumWritableBytes: count + records * Self.recordOverhead)
    }

    /// Encrypts into one record.
    ///
    /// For one byte at least; bytes past ``recordBytes`` are left.
    func write(_ plaintext: UnsafeRawBufferPointer) -> WriteOutcome {
        var count = 0
        ERR_clear_error()
        let result = SSL_write_ex(self.ssl, plaintext.baseAddress, plaintext.count, &count)
        if result == 1 { return .wrote(count) }
        guard SSL_get_error(self.ssl, result) == SSL_ERROR_WANT_READ else {
            return .failed(TLSError(.recordInvalid, "TLS record not made: \(LibCrypto.takeFailure().reason)"))
        }
        return .needsInput
    }

    /// Tells the peer that nothing will follow (RFC 8446 §6.1).
    ///
    /// Once, after the handshake, and not after a failure.
    func closeNotify() {
        ERR_clear_error()
        _ = SSL_shutdown(self.ssl)
        ERR_clear_error()
    }

    /// Counts what OpenSSL reports while it works on this connection.
    func noteHandshakeEvent() {
        self.handshakeEvents += 1
    }

    private var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(self.ssl, &name, &length)
        guard let name, length > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }
}

extension TLSConnection {
    /// OpenSSL's table of functions for our BIO.
    ///
    /// Proof: `raw` is filled before anyone else can see it, never changed after and never freed.
    private struct Method: @unchecked Sendable {
        let raw: OpaquePointer?
    }

    private static let method: Method = {
        let raw = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ByteBuffer")
        BIO_meth_set_read(raw) { bio, bytes, count in
            guard let bytes, count > 0, let connection = TLSConnection.owner(of: bio) else { return 0 }
            return connection.supply(UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)), to: bio)
        }
        BIO_meth_set_write(raw) { bio, bytes, count in
            guard let bytes, count > 0, let connection = TLSConnection.owner(of: bio) else { return 0 }
            COpenSSL_BIO_clear_retry_flags(bio)
            connection.output.writeBytes(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            return count
        }
        BIO_meth_set_ctrl(raw) { _, command, _, _ in
            // Nothing is held back, so a flush has always succeeded; nothing else is asked of a source and sink.
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return Method(raw: raw)
    }()

    /// The connection a BIO was made for.
    ///
    /// The BIO does not outlive it: `deinit` frees both.
    static func owner(of bio: OpaquePointer?) -> TLSConnection? {
        BIO_get_data(bio).map { Unmanaged<TLSConnection>.fromOpaque($0).takeUnretainedValue() }
    }

    private func supply(_ destination: UnsafeMutableRawBufferPointer, to bio: OpaquePointer?) -> Int32 {
        COpenSSL_BIO_clear_retry_flags(bio)
        guard self.input.readableBytes > 0 else {
            COpenSSL_BIO_set_retry_read(bio)
            return -1
        }
        let count = self.input.readWithUnsafeReadableBytes { source in
            let count = min(source.count, destination.count)
            destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: source.prefix(count)))
            return count
        }
        // The last byte gone, so is the memory it came in.
        if self.input.readableBytes == 0 { self.input = ByteBuffer() }
        return Int32(count)
    }
}
