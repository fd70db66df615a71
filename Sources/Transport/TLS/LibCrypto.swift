import COpenSSL

/// What every call into OpenSSL needs around it: the library made ready, and its error queue read out.
enum LibCrypto {
    /// Makes the library ready, once, and without an `atexit` handler: one would take OpenSSL apart under event loops
    /// that still use it (`OPENSSL_INIT_NO_ATEXIT`, OPENSSL_init_crypto(3)).
    ///
    /// Counts only before any other call.
    static let ready: Bool = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1

    /// One entry of the calling thread's error queue.
    struct Failure: Equatable {
        /// OpenSSL's own words, such as `no shared cipher`, or the system's for a failed system call.
        let reason: String
        /// Whether a system call failed, as opposed to what OpenSSL made of its result.
        let isSystemError: Bool
    }

    /// Takes all errors off the calling thread's queue and returns the one that explains most: a system error if there is
    /// one, else the oldest, since later ones only report that an earlier one happened.
    static func takeFailure() -> Failure {
        var explanation: Failure?
        while case let code = ERR_get_error(), code != 0 {
            let failure = Self.describe(code)
            if explanation == nil || (failure.isSystemError && explanation?.isSystemError == false) {
                explanation = failure
            }
        }
        return explanation ?? Failure(reason: "no reason given", isSystemError: false)
    }

    private static func describe(_ code: UInt) -> Failure {
        if ERR_GET_LIB(code) == ERR_LIB_SYS {
            var text = [CChar](repeating: 0, count: 256)
            ERR_error_string_n(code, &text, text.count)
            // "error:8000000D:system library::Permission denied": the words are in the last field.
            let words = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.split(separator: UInt8(ascii: ":")).last
            return Failure(reason: String(decoding: words ?? [], as: UTF8.self), isSystemError: true)
        }
        guard let reason = ERR_reason_error_string(code) else {
            return Failure(reason: "error \(String(code, radix: 16))", isSystemError: false)
        }
        return Failure(reason: String(cString: reason), isSystemError: false)
    }
}
