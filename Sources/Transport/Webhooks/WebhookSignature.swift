import NIOCore

/// `X-Troupe-Signature`: who has the secret can tell that a call is from here, and when it was made.
enum WebhookSignature {
    /// `t=SECONDS,v1=HEX`: the HMAC-SHA256 of `SECONDS.BODY`, in lower case.
    ///
    /// - Parameters:
    ///   - body: as it is sent.
    ///   - secret: its bytes as they are, the prefix included.
    ///   - time: seconds since 1970.
    /// - Returns: the header's value.
    static func of(_ body: ByteBuffer, secret: String, time: Int) -> String {
        var signed = ByteBuffer(string: "\(time).")
        signed.writeImmutableBuffer(body)
        return "t=\(time),v1=\(Digest.hmacSHA256(key: ByteBuffer(string: secret), signed))"
    }
}
