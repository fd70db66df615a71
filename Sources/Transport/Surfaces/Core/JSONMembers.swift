import Agent
import NIOCore

/// Writes a JSON object whose members stand in the order in which they are put in, as the tables of other systems have
/// them.
struct JSONMembers {
    private var buffer = ByteBuffer(string: "{")

    /// The object so far, closed.
    var bytes: ByteBuffer {
        var bytes = self.buffer
        bytes.writeString("}")
        return bytes
    }

    /// A whole object.
    static func object(_ fill: (inout JSONMembers) -> Void) -> ByteBuffer {
        var members = JSONMembers()
        fill(&members)
        return members.bytes
    }

    /// A named event of a stream, whose data is an object that has the name as its `type`.
    static func event(_ type: String, _ fill: (inout JSONMembers) -> Void = { _ in }) -> ByteBuffer {
        var members = JSONMembers()
        members.put("type", type)
        fill(&members)
        var frame = ByteBuffer(string: "event: \(type)\ndata: ")
        frame.writeImmutableBuffer(members.bytes)
        frame.writeString("\n\n")
        return frame
    }

    /// Puts a text in; `nil` is left out.
    mutating func put(_ key: StaticString, _ text: String?) {
        guard let text else { return }
        self.putKey(key)
        JSONText.append(text, to: &self.buffer)
    }

    mutating func put(_ key: StaticString, _ number: Int?) {
        guard let number else { return }
        self.put(key, raw: ByteBuffer(string: "\(number)"))
    }

    /// Puts a number in; one that JSON cannot write becomes 0.
    mutating func put(_ key: StaticString, _ number: Double?) {
        guard let number else { return }
        self.put(key, raw: ByteBuffer(string: number.isFinite ? "\(number)" : "0"))
    }

    mutating func put(_ key: StaticString, _ flag: Bool?) {
        guard let flag else { return }
        self.put(key, raw: ByteBuffer(string: flag ? "true" : "false"))
    }

    mutating func put(_ key: StaticString, _ texts: [String]?) {
        guard let texts else { return }
        self.put(key, array: texts.map { JSONText.quoted($0) })
    }

    /// Puts in what is JSON already.
    mutating func put(_ key: StaticString, raw: ByteBuffer?) {
        guard let raw else { return }
        self.putKey(key)
        self.buffer.writeImmutableBuffer(raw)
    }

    mutating func put(_ key: StaticString, array items: [ByteBuffer]) {
        self.putKey(key)
        self.buffer.writeString("[")
        for (place, item) in items.enumerated() {
            if place > 0 { self.buffer.writeString(",") }
            self.buffer.writeImmutableBuffer(item)
        }
        self.buffer.writeString("]")
    }

    /// Puts another object in.
    mutating func put(_ key: StaticString, _ inner: JSONMembers) {
        self.put(key, raw: inner.bytes)
    }

    mutating func putNull(_ key: StaticString) {
        self.put(key, raw: ByteBuffer(string: "null"))
    }

    /// The text, or `null`.
    mutating func put(_ key: StaticString, orNull text: String?) {
        self.put(key, raw: text.map { JSONText.quoted($0) } ?? ByteBuffer(string: "null"))
    }

    /// Puts in a member whose name is data.
    mutating func put(named name: String, raw: ByteBuffer) {
        if self.buffer.readableBytes > 1 { self.buffer.writeString(",") }
        JSONText.append(name, to: &self.buffer)
        self.buffer.writeString(":")
        self.buffer.writeImmutableBuffer(raw)
    }

    private mutating func putKey(_ key: StaticString) {
        JSONText.appendKey(key, isFirst: self.buffer.readableBytes == 1, to: &self.buffer)
    }
}
