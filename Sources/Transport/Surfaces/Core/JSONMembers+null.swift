import NIOCore

/// For systems whose objects have all their members, with `null` for what is not there.
extension JSONMembers {
    mutating func put(_ key: StaticString, orNull number: Int?) {
        self.put(key, raw: number.map { ByteBuffer(string: "\($0)") } ?? Self.null)
    }

    /// Puts in what is JSON already.
    mutating func put(_ key: StaticString, orNull json: ByteBuffer?) {
        self.put(key, raw: json ?? Self.null)
    }

    /// `[…]` of items that are JSON already.
    static func array(_ items: [ByteBuffer]) -> ByteBuffer {
        var buffer = ByteBuffer(string: "[")
        for (place, item) in items.enumerated() {
            if place > 0 { buffer.writeString(",") }
            buffer.writeImmutableBuffer(item)
        }
        buffer.writeString("]")
        return buffer
    }

    private static var null: ByteBuffer { ByteBuffer(string: "null") }
}
