import NIOCore

/// Checks the content blocks of one prompt, one after the other.
struct BlockCheck {
    /// A member any block may have; it is not handed on.
    ///
    /// The API takes four in a request. The CLI sets three of its own and keeps those of earlier prompts (seen with
    /// 2.1.329), so that a second prompt with one would make every later turn fail.
    static let cacheControl = "cache_control"

    /// As most servers have it.
    private static let maximumURLBytes = 8192

    let limits: ContentLimits
    private var images = 0

    init(limits: ContentLimits) {
        self.limits = limits
    }

    /// Throws what is wrong with the next block.
    mutating func check(_ block: ContentField) throws(ContentError) {
        guard let object = JSONObject(block.value) else { throw block.error(.invalid, "a block must be an object") }
        switch object.string("type") {
        case "text": try Self.checkText(block)
        case "image": try self.checkImage(block)
        case "document": try self.checkDocument(block)
        case nil: throw block.error(.invalid, "a block must have a \"type\"")
        case _?:
            throw ContentError(
                .unsupportedType,
                at: block.pointer + "/type",
                "a block must be of type \"text\", \"image\" or \"document\""
            )
        }
    }

    private static func checkText(_ block: ContentField) throws(ContentError) {
        let members = try block.members(["type", "text", Self.cacheControl])
        try Self.required("text", of: block, members).checkText()
        try Self.checkCacheControl(members)
    }

    private mutating func checkImage(_ block: ContentField) throws(ContentError) {
        let members = try block.members(["type", "source", Self.cacheControl])
        self.images += 1
        guard self.images <= self.limits.maximumImages else {
            throw block.error(.tooLarge, "a prompt may have \(self.limits.maximumImages) images")
        }
        let source = try Self.required("source", of: block, members)
        guard let parts = try self.source(source, types: ["base64"]) else {
            return try Self.checkCacheControl(members)
        }
        let mediaType = try Self.required("media_type", of: source, parts)
        guard let format = ImageFormat(rawValue: try mediaType.string()) else {
            let known = ImageFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw mediaType.error(.unsupportedType, "an image must be one of \(known)")
        }
        let data = try Self.required("data", of: source, parts)
        let bytes = try data.base64(limit: self.limits.maximumImageBase64Bytes, "an image")
        let size = try Self.size(of: bytes, format, data, mediaType)
        guard max(size.width, size.height) <= self.limits.maximumImageSide else {
            let side = self.limits.maximumImageSide
            throw data.error(.tooLarge, "the image has \(size) pixels, \(side)x\(side) are allowed")
        }
        try Self.checkCacheControl(members)
    }

    private static func size(
        of bytes: [UInt8],
        _ format: ImageFormat,
        _ data: ContentField,
        _ mediaType: ContentField
    ) throws(ContentError) -> ImageSize {
        guard let found = ImageFormat(startOf: bytes) else {
            throw data.error(.corrupt, "the data do not begin as \(format.rawValue) does")
        }
        guard found == format else {
            throw mediaType.error(.invalid, "the data are \(found.rawValue), not \(format.rawValue)")
        }
        do {
            return try format.size(of: bytes)
        } catch {
            throw data.error(.corrupt, error.message)
        }
    }

    private func checkDocument(_ block: ContentField) throws(ContentError) {
        let members = try block.members(["type", "source", "title", "context", Self.cacheControl])
        let source = try Self.required("source", of: block, members)
        if let parts = try self.source(source, types: ["base64", "text"]) {
            try self.checkDocument(source, parts)
        }
        for name in ["title", "context"] {
            if let text = Self.optional(name, members) { try text.checkText() }
        }
        try Self.checkCacheControl(members)
    }

    private func checkDocument(_ source: ContentField, _ parts: [String: ContentField]) throws(ContentError) {
        let mediaType = try Self.required("media_type", of: source, parts)
        let data = try Self.required("data", of: source, parts)
        if try parts["type"]?.string() == "text" {
            try Self.expect("text/plain", mediaType)
            try data.checkText()
        } else {
            try Self.expect("application/pdf", mediaType)
            let bytes = try data.base64(limit: self.limits.maximumDocumentBase64Bytes, "a document")
            do {
                try PDFFile.check(bytes)
            } catch {
                throw data.error(.corrupt, error.message)
            }
        }
    }

    private static func expect(_ expected: String, _ mediaType: ContentField) throws(ContentError) {
        guard try mediaType.string() == expected else {
            throw mediaType.error(.unsupportedType, "a document from such a source must be \(expected)")
        }
    }

    /// The members of a source, once its type is found to be one of `types`; `nil` for an address that is fetched.
    private func source(
        _ source: ContentField,
        types: Set<String>
    ) throws(ContentError) -> [String: ContentField]? {
        guard let object = JSONObject(source.value) else { throw source.error(.invalid, "a source must be an object") }
        guard let type = object.string("type") else { throw source.error(.invalid, "a source must have a \"type\"") }
        if type == "url", self.limits.allowsURLs {
            try Self.checkURL(source)
            return nil
        }
        guard types.contains(type) else {
            let known = types.sorted().map { "\"\($0)\"" }.joined(separator: " or ")
            throw ContentError(.unsupportedType, at: source.pointer + "/type", "the source must be of type \(known)")
        }
        return try source.members(["type", "media_type", "data"])
    }

    private static func checkURL(_ source: ContentField) throws(ContentError) {
        let url = try Self.required("url", of: source, source.members(["type", "url"]))
        let text = try url.string()
        guard text.hasPrefix("https://") || text.hasPrefix("http://"), text.utf8.count <= Self.maximumURLBytes,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw url.error(.invalid, "this must be an address that begins with https:// or http://") }
    }

    private static func checkCacheControl(_ members: [String: ContentField]) throws(ContentError) {
        guard let control = Self.optional(Self.cacheControl, members) else { return }
        guard JSONObject(control.value) != nil else { throw control.error(.invalid, "this must be an object") }
    }

    private static func required(
        _ name: String,
        of object: ContentField,
        _ members: [String: ContentField]
    ) throws(ContentError) -> ContentField {
        guard let member = members[name] else { throw object.error(.invalid, "the field \"\(name)\" is missing") }
        return member
    }

    /// A member that may be left out or, as in the API, be null.
    private static func optional(_ name: String, _ members: [String: ContentField]) -> ContentField? {
        guard let member = members[name], member.value.readableBytesView.first != UInt8(ascii: "n") else { return nil }
        return member
    }
}
