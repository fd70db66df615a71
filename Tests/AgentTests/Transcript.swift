import Foundation
import NIOCore
import TestSupport

@testable import Agent

/// What the real CLI wrote in a recorded exchange.
struct Transcript {
    /// The lines the CLI wrote, byte for byte as recorded.
    let output: [ByteBuffer]

    init(_ name: String) throws {
        let file = RecordedTranscripts.folder.appending(component: name)
        self.output = try String(contentsOf: file, encoding: .utf8).utf8.split(separator: 0x0A).compactMap { record in
            guard let object = JSONObject(ByteBuffer(bytes: record)), object.string("dir") == "out" else { return nil }
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
