/// An address that a call may go to: IPv4 or IPv6 as its bytes, 4 or 16 of them, an IPv6 one that carries another as it is.
package struct TargetAddress: Sendable, Hashable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// - Parameter bytes: in network order; 4 or 16, else `nil`.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads `a.b.c.d` in decimal without leading zeros, or an IPv6 address as RFC 4291 §2.2 writes it, without a zone.
    ///
    /// Nothing else that C libraries take for an address (`127.1`, `0x7f000001`) is one here.
    package init?(_ text: some StringProtocol) {
        let bytes = text.contains(":") ? Self.version6(text) : Self.version4(text)
        guard let bytes else { return nil }
        self.bytes = bytes
    }

    package var isVersion4: Bool { self.bytes.count == 4 }

    /// `a.b.c.d`, or eight groups in hexadecimal; not shortened.
    package var description: String {
        if self.isVersion4 { return self.bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(self.bytes[$0]) << 8 | UInt16(self.bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }

    private static func version4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy(Self.isDigit),
                part.utf8.count == 1 || part.first != "0", let byte = UInt8(part)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func version6(_ text: some StringProtocol) -> [UInt8]? {
        guard let gap = text.firstRange(of: "::") else {
            guard let bytes = Self.groups(text), bytes.count == 16 else { return nil }
            return bytes
        }
        // An IPv4 tail is the end of an address, so never what stands before the gap.
        guard let head = Self.groups(text[..<gap.lowerBound], mayEndInVersion4: false),
            let tail = Self.groups(text[gap.upperBound...]), head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groups(_ text: some StringProtocol, mayEndInVersion4: Bool = true) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var tail: [UInt8] = []
        if let last = parts.last, last.contains(".") {
            guard mayEndInVersion4, let bytes = Self.version4(last) else { return nil }
            tail = bytes
            parts.removeLast()
        }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(Self.isHexDigit),
                let group = UInt16(part, radix: 16)
            else { return nil }
            bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
        }
        return bytes + tail
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        Self.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}
