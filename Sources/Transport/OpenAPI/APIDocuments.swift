package import NIOCore

/// The documents of the API as they are served and printed.
package enum APIDocuments {
    /// `/openapi.json`: OpenAPI 3.1.
    ///
    /// - Parameters:
    ///   - version: the program's.
    ///   - needsKeys: whether the server it describes has keys.
    ///   - prefix: what stands before the paths for its reader, as `/troupe`.
    ///   - isIndented: one member a line, for people.
    /// - Returns: JSON.
    /// - Throws: when its source is broken, which tests rule out.
    package static func openAPI(
        version: String,
        needsKeys: Bool = true,
        prefix: String = "",
        isIndented: Bool = false
    ) throws -> ByteBuffer {
        try OpenAPIDocument(version: version, needsKeys: needsKeys, prefix: prefix).root.json(isIndented: isIndented)
    }

    /// `/asyncapi.json`: AsyncAPI 3.
    ///
    /// - Parameters:
    ///   - version: the program's.
    ///   - isIndented: one member a line, for people.
    /// - Returns: JSON.
    /// - Throws: when its source is broken, which tests rule out.
    package static func asyncAPI(version: String, isIndented: Bool = false) throws -> ByteBuffer {
        try AsyncAPIDocument(version: version).root.json(isIndented: isIndented)
    }
}
