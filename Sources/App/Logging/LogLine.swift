import Agent
import Logging
import NIOCore

/// One event of the log, before it is written.
struct LogLine {
    /// Longer values are cut.
    private static let maximumValueBytes = 4096
    /// What the line itself says; metadata of these names gets an underscore.
    private static let ownNames: Set<String> = ["time", "level", "message"]

    let time: String
    let level: Logger.Level
    let message: String
    let metadata: Logger.Metadata

    /// The line with its end; nothing in it can begin another.
    func bytes(_ format: LogFormat) -> ByteBuffer {
        switch format {
        case .text: self.text
        case .json: self.json
        }
    }

    /// `2026-11-27T10:30:00.123Z warning  message  key=value key="a value"`.
    private var text: ByteBuffer {
        let level = self.level.rawValue
        var buffer = ByteBuffer(string: "\(self.time) \(level)\(String(repeating: " ", count: 9 - level.utf8.count))")
        Self.appendPlain(self.message, to: &buffer)
        for (key, value) in self.sorted {
            buffer.writeString(" ")
            Self.appendPlain(key, to: &buffer)
            buffer.writeString("=")
            let text = Self.cut(value.description)
            let isPlain =
                !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
            if isPlain { buffer.writeString(text) } else { JSONText.append(text, to: &buffer) }
        }
        buffer.writeString("\n")
        return buffer
    }

    /// `{"time":…,"level":…,"message":…,"key":…}`.
    private var json: ByteBuffer {
        var buffer = ByteBuffer(string: "{\"time\":\"\(self.time)\",\"level\":\"\(self.level.rawValue)\",\"message\":")
        JSONText.append(self.message, to: &buffer)
        for (key, value) in self.sorted {
            buffer.writeString(",")
            JSONText.append(Self.ownNames.contains(key) ? "_\(key)" : key, to: &buffer)
            buffer.writeString(":")
            Self.append(value, depth: 0, to: &buffer)
        }
        buffer.writeString("}\n")
        return buffer
    }

    private var sorted: [(key: String, value: Logger.MetadataValue)] {
        self.metadata.sorted { $0.key < $1.key }
    }

    private static func append(_ value: Logger.MetadataValue, depth: Int, to buffer: inout ByteBuffer) {
        switch value {
        case .stringConvertible(let number as Int): buffer.writeString("\(number)")
        case .stringConvertible(let number as UInt): buffer.writeString("\(number)")
        case .stringConvertible(let flag as Bool): buffer.writeString("\(flag)")
        case .array(let values) where depth < 4:
            buffer.writeString("[")
            for (place, value) in values.enumerated() {
                if place > 0 { buffer.writeString(",") }
                Self.append(value, depth: depth + 1, to: &buffer)
            }
            buffer.writeString("]")
        case .dictionary(let members) where depth < 4:
            buffer.writeString("{")
            for (place, (key, value)) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if place > 0 { buffer.writeString(",") }
                JSONText.append(key, to: &buffer)
                buffer.writeString(":")
                Self.append(value, depth: depth + 1, to: &buffer)
            }
            buffer.writeString("}")
        default: JSONText.append(Self.cut(value.description), to: &buffer)
        }
    }

    /// Without what could end the line or move a terminal's cursor.
    private static func appendPlain(_ text: String, to buffer: inout ByteBuffer) {
        for scalar in text.unicodeScalars {
            buffer.writeString(scalar.properties.generalCategory == .control ? "?" : String(scalar))
        }
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= Self.maximumValueBytes
            ? text : String(decoding: text.utf8.prefix(Self.maximumValueBytes), as: UTF8.self) + "…"
    }
}
