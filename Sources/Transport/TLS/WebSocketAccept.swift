import COpenSSL

/// The server's proof, in the answer to a WebSocket upgrade, that it has read the request.
package enum WebSocketAccept {
    /// Appended to the client's key before hashing (RFC 6455 §1.3).
    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Answers a `Sec-WebSocket-Key` with the `Sec-WebSocket-Accept` that belongs to it.
    ///
    /// SHA-1 of the key and a fixed suffix, in base64 (RFC 6455 §4.2.2, step 5.4). The key is hashed as the text it is.
    ///
    /// - Parameter clientKey: The header's value without surrounding white space.
    /// - Returns: `nil` if the key is not the base64 form of 16 bytes (RFC 6455 §4.2.1, item 5), or if libcrypto refuses
    ///   SHA-1, as a hardened configuration of it may.
    package static func key(for clientKey: String) -> String? {
        guard Self.isSixteenBytes(clientKey), LibCrypto.ready else { return nil }

        var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        let text = Array((clientKey + Self.suffix).utf8)
        ERR_clear_error()
        guard EVP_Digest(text, text.count, &digest, nil, EVP_sha1(), nil) == 1 else {
            ERR_clear_error()
            return nil
        }

        // Four characters for each three bytes begun, and the NUL that EVP_EncodeBlock(3) adds.
        var encoded = [UInt8](repeating: 0, count: (digest.count + 2) / 3 * 4 + 1)
        let length = EVP_EncodeBlock(&encoded, digest, Int32(digest.count))
        return String(decoding: encoded.prefix(Int(length)), as: UTF8.self)
    }

    /// 16 bytes are 22 characters of base64 and two of padding (RFC 4648 §4).
    ///
    /// The four bits the last character has to spare are not looked at, as RFC 4648 §3.5 allows.
    private static func isSixteenBytes(_ key: String) -> Bool {
        let characters = Array(key.utf8)
        guard characters.count == 24, characters.suffix(2).allSatisfy({ $0 == UInt8(ascii: "=") }) else { return false }
        return characters.prefix(22).allSatisfy { character in
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default:
                false
            }
        }
    }
}
