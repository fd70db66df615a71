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
        return digest.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
