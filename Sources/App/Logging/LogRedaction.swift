import Logging

/// The last look at what goes into the log: nothing should bring a secret here, and if something does, it is not written.
enum LogRedaction {
    static let mark = "[redacted]"

    /// Parts of names that stand for secrets; `tokens.input` has none of them.
    private static let secretParts: Set<String> = [
        "authorization", "cookie", "credential", "credentials", "password", "secret", "ticket", "token", "apikey",
        "prompt", "content",
    ]
    /// How secrets begin: our own tokens, Anthropic's, and what `Authorization` holds.
    private static let secretPrefixes = ["troupe_k", "sk-ant-", "Bearer ", "bearer "]

    /// The same metadata without the values of telling names, and without what looks like a token elsewhere.
    static func clean(_ metadata: Logger.Metadata) -> Logger.Metadata {
        var clean: Logger.Metadata = [:]
        for (key, value) in metadata { clean[key] = Self.isSecret(key) ? "\(Self.mark)" : Self.clean(value) }
        return clean
    }

    private static func clean(_ value: Logger.MetadataValue) -> Logger.MetadataValue {
        switch value {
        case .string(let text): .string(Self.clean(text))
        case .stringConvertible(is Int), .stringConvertible(is UInt), .stringConvertible(is Bool): value
        case .stringConvertible(let other): .string(Self.clean(other.description))
        case .array(let values): .array(values.map(Self.clean))
        case .dictionary(let members): .dictionary(Self.clean(members))
        }
    }

    /// A text with everything that looks like a token taken out.
    static func clean(_ text: String) -> String {
        var text = text
        for prefix in Self.secretPrefixes {
            var start = text.startIndex
            while let found = text.range(of: prefix, from: start) {
                let rest = text[found.upperBound...]
                let end = rest.firstIndex { $0.isWhitespace || "\"',;&)]}".contains($0) } ?? text.endIndex
                let before = text.distance(from: text.startIndex, to: found.lowerBound)
                text.replaceSubrange(found.lowerBound..<end, with: Self.mark)
                start = text.index(text.startIndex, offsetBy: before + Self.mark.count)
            }
        }
        return text
    }

    private static func isSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        if key.contains("api_key") || key.contains("api-key") { return true }
        return key.split { !$0.isLetter }.contains { Self.secretParts.contains(String($0)) }
    }
}

extension String {
    fileprivate func range(of text: String, from start: Index) -> Range<Index>? {
        self[start...].firstRange(of: text)
    }
}
