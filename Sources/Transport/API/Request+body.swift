import Actors
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What routes read of a request.
extension Request {
    private static let idempotencyKey = HTTPField.Name("Idempotency-Key")
    /// Longer ones are refused.
    private static let maximumKeyBytes = 255

    /// The body of a JSON request.
    ///
    /// - Throws: `Problem` for another type of content, one too large, or one too many.
    func json(_ context: APIContext) async throws -> ByteBuffer {
        if let type = self.headers[.contentType], !type.lowercased().hasPrefix("application/json") {
            // curl says this of any body it is given without a type; everything else is a mistake worth naming.
            guard type.lowercased().hasPrefix("application/x-www-form-urlencoded") else {
                throw Problem(.unsupportedMediaType, "The body must be application/json.")
            }
        }
        return try await self.wholeBody(context)
    }

    /// All of the body, counted among those that are held (`BodyBudget`).
    ///
    /// - Throws: `Problem` for one too large, or one too many.
    func wholeBody(_ context: APIContext) async throws -> ByteBuffer {
        // Before it is read: what is announced as too large is not waited for.
        let maximum = context.maxUploadSize
        if let length = self.headers[.contentLength].flatMap({ Int($0) }) {
            guard length <= maximum else { throw Problem(.bodyTooLarge, "The body may have \(maximum) bytes.") }
            guard context.body?.mayHold(length) ?? true else { throw BodyBudget.refusal }
        }
        var body = ByteBuffer()
        for try await var bytes in self.body {
            let size = body.readableBytes + bytes.readableBytes
            guard size <= maximum else { throw Problem(.bodyTooLarge, "The body may have \(maximum) bytes.") }
            guard context.body?.hold(size) ?? true else { throw BodyBudget.refusal }
            body.writeBuffer(&bytes)
        }
        return body
    }

    /// The client's `Idempotency-Key`, with what this request asks for.
    ///
    /// - Throws: `Problem` for a key that is empty or too long.
    func idempotencyKey(for body: ByteBuffer) throws(Problem) -> IdempotencyKey? {
        guard let name = Self.idempotencyKey, let key = self.headers[name] else { return nil }
        guard (1...Self.maximumKeyBytes).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Problem(
                .badRequest,
                "An Idempotency-Key has 1 to \(Self.maximumKeyBytes) printable ASCII characters without spaces."
            )
        }
        var asked = ByteBuffer(string: "\(self.method) \(self.uri.path)\n")
        asked.writeImmutableBuffer(body)
        return IdempotencyKey(key: key, fingerprint: Digest.sha256(asked))
    }

    /// A number of the query.
    ///
    /// - Throws: `Problem` for what is none, or out of range.
    func number(_ name: String, in range: ClosedRange<Int>, default standard: Int) throws(Problem) -> Int {
        guard let text = self.uri.queryParameters[name[...]] else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw Problem(
                .badRequest,
                "\(name) is a number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }

    /// One of the words that a parameter of the query may be.
    ///
    /// - Parameters:
    ///   - name: the parameter's.
    ///   - choices: the words.
    /// - Returns: `nil` when the parameter is not there.
    /// - Throws: `Problem` for another word.
    func choice(_ name: String, of choices: [String]) throws(Problem) -> String? {
        guard let text = self.uri.queryParameters[name[...]] else { return nil }
        guard choices.contains(String(text)) else {
            throw Problem(.badRequest, "\(name) is one of \(choices.joined(separator: ", ")).")
        }
        return String(text)
    }

    /// `Prefer: wait=N` in seconds, an hour at most; what cannot be understood is passed over (RFC 7240 §2, §4.3).
    func preferredWait() -> Duration? {
        guard let name = HTTPField.Name("Prefer"), let prefer = self.headers[name],
            let preference = prefer.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) })
                .first(where: { $0.hasPrefix("wait=") })
        else { return nil }
        return Int(preference.dropFirst(5)).flatMap { $0 >= 0 ? .seconds(min($0, 3600)) : nil }
    }
}
