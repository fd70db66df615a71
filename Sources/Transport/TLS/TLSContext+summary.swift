import COpenSSL
import Glibc
import NIOCore

extension TLSContext {
    /// Which certificate this is, for logs: its subject, until when it is valid, and how its SHA-256 begins.
    package var summary: String {
        guard let certificate = self.certificate else { return "none" }
        var name = [CChar](repeating: 0, count: 256)
        X509_NAME_oneline(X509_get_subject_name(certificate), &name, Int32(name.count))
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &digest, &length) == 1 else { return "none" }
        let subject = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let fingerprint = digest.prefix(6).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        return "\(subject) until \(Self.end(of: certificate)) sha256:\(fingerprint)"
    }

    /// The last day it is valid, as `2027-01-31`.
    private static func end(of certificate: OpaquePointer) -> String {
        var time = tm()
        guard ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1 else { return "?" }
        let parts = [Int(time.tm_year) + 1900, Int(time.tm_mon) + 1, Int(time.tm_mday)]
        return parts.map { ($0 < 10 ? "0" : "") + String($0) }.joined(separator: "-")
    }
}
