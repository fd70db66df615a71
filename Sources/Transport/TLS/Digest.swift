import COpenSSL
import NIOCore

/// Digests, computed by libssl.
enum Digest {
    /// SHA-256 of some bytes (FIPS 180-4), as 64 hexadecimal digits.
    static func sha256(_ bytes: ByteBuffer) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let isDone = bytes.withUnsafeReadableBytes { input in
            EVP_Digest(input.baseAddress, input.count, &digest, &length, EVP_sha256(), nil)
        }
        precondition(isDone == 1 && length == 32, "libssl has no SHA-256")
        return Self.hexadecimal(digest)
    }

    /// HMAC-SHA256 of some bytes (RFC 2104), as 64 hexadecimal digits.
    static func hmacSHA256(key: ByteBuffer, _ bytes: ByteBuffer) -> String {
        var code = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let result = key.withUnsafeReadableBytes { key in
            bytes.withUnsafeReadableBytes { input in
                HMAC(
                    EVP_sha256(),
                    key.baseAddress,
                    Int32(key.count),
                    input.bindMemory(to: UInt8.self).baseAddress,
                    input.count,
                    &code,
                    &length
                )
            }
        }
        precondition(result != nil && length == 32, "libssl has no HMAC")
        return Self.hexadecimal(code)
    }

    /// Whether two texts are the same, in a time that says nothing of where they differ (`CRYPTO_memcmp(3)`).
    static func isEqual(_ one: String, _ other: String) -> Bool {
        let one = Array(one.utf8)
        let other = Array(other.utf8)
        return one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
