import Foundation
package import NIOCore

/// Writes the server's own event data and API objects: `snake_case`, as API.md has it.
package enum EventData {
    /// The JSON of a value.
    ///
    /// A value that JSON cannot hold (a number that is not finite) becomes `{}`.
    package static func encode(_ value: some Encodable) -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        guard let data = try? encoder.encode(value) else { return ByteBuffer(string: "{}") }
        return ByteBuffer(bytes: data)
    }
}
