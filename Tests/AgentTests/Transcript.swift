import Foundation
import NIOCore
import TestSupport

@testable import Agent

/// What the real CLI wrote in a recorded exchange.
struct Transcript {
    /// The lines the CLI wrote, byte for byte as recorded.
    let output: [ByteBuffer]

    init(_ name: String) throws {
        self.output = try Self.lines(name, "out")
    }

    /// The lines the host wrote.
    static func input(_ name: String) throws -> [ByteBuffer] { try Self.lines(name, "in") }

    private static func lines(_ name: String, _ direction: String) throws -> [ByteBuffer] {
        let file = RecordedTranscripts.folder.appending(component: name)
        return try String(contentsOf: file, encoding: .utf8).utf8.split(separator: 0x0A).compactMap { record in
            guard let object = JSONObject(ByteBuffer(bytes: record)), object.string("dir") == direction else {
                return nil
            }
            return object.raw("line")
        }
    }

    /// The lines of one type, and subtype if given.
    func lines(type: String, subtype: String? = nil) -> [ByteBuffer] {
        self.output.filter { line in
            guard let object = JSONObject(line), object.string("type") == type else { return false }
            return subtype == nil || object.string("subtype") == subtype
        }
    }

    static var names: [String] {
        get throws { try RecordedTranscripts.names() }
    }
}
