package import NIOCore

/// Writes one JSON object, its members in the order they are added; what is `nil` is left out.
package struct JSONObjectWriter {
    private var buffer = ByteBuffer(string: "{")
    private var isEmpty = true

    package init() {}

    package mutating func add(_ key: StaticString, _ text: String?) {
        guard let text else { return }
        self.begin(key)
        JSONText.append(text, to: &self.buffer)
    }

    package mutating func add(_ key: StaticString, _ number: Int?) {
        guard let number else { return }
        self.begin(key)
        self.buffer.writeString("\(number)")
    }

    package mutating func add(_ key: StaticString, _ flag: Bool?) {
        guard let flag else { return }
        self.begin(key)
        self.buffer.writeStaticString(flag ? "true" : "false")
    }

    /// JSON.
    package mutating func add(_ key: StaticString, raw: ByteBuffer?) {
        guard let raw else { return }
        self.begin(key)
        self.buffer.writeImmutableBuffer(raw)
    }

    /// An array of JSON values.
    package mutating func add(_ key: StaticString, array: [ByteBuffer]?) {
        guard let array else { return }
        self.begin(key)
        self.buffer.writeStaticString("[")
        for (place, item) in array.enumerated() {
            if place > 0 { self.buffer.writeStaticString(",") }
            self.buffer.writeImmutableBuffer(item)
        }
        self.buffer.writeStaticString("]")
    }

    package mutating func add(_ key: StaticString, texts: [String]?) {
        self.add(key, array: texts?.map(JSONText.quoted))
    }

    /// The whole.
    package var json: ByteBuffer {
        var whole = self.buffer
        whole.writeStaticString("}")
        return whole
    }

    private mutating func begin(_ key: StaticString) {
        JSONText.appendKey(key, isFirst: self.isEmpty, to: &self.buffer)
        self.isEmpty = false
    }
}
