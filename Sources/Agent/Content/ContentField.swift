import NIOCore

/// One JSON value within a prompt's content, and where it stands.
struct ContentField {
    /// Valid JSON, without white space around it.
    let value: ByteBuffer
    /// RFC 6901.
    let pointer: String

    init(_ value: ByteBuffer, at pointer: String) {
        self.value = value
        self.pointer = pointer
    }

    /// The value's members by name, or throws unless it is an object whose members are all among `names`, each once.
    func members(_ names: Set<String>) throws(ContentError) -> [String: ContentField] {
        guard let object = JSONObject(self.value) else { throw self.error(.invalid, "this must be an object") }
        var members: [String: ContentField] = [:]
        for (name, value) in object.members {
            // A name of any length may come; one that is no more than noise is not repeated.
            let isShown = name.utf8.count <= 64
            let field = ContentField(value, at: isShown ? self.pointer + "/" + Self.escaped(name) : self.pointer)
            guard names.contains(name) else {
                throw field.error(.invalid, isShown ? "the field \"\(name)\" is unknown here" : "a field is unknown")
            }
            guard members.updateValue(field, forKey: name) == nil else {
                throw field.error(.invalid, "the field \"\(name)\" stands here twice")
            }
        }
        return members
    }

    /// The object without the members called `name`, or nil if it has none.
    func removing(_ name: String) -> ByteBuffer? {
        guard let members = JSONObject(self.value)?.members, members.contains(where: { $0.key == name }) else {
            return nil
        }
        var object = ByteBuffer()
        for (key, value) in members where key != name {
            object.writeStaticString(object.readableBytes == 0 ? "{" : ",")
            JSONText.append(key, to: &object)
            object.writeStaticString(":")
            object.writeImmutableBuffer(value)
        }
        object.writeStaticString(object.readableBytes == 0 ? "{}" : "}")
        return object
    }

    /// The text of a string, or throws if the value is none, or has half of a surrogate pair, which the API refuses.
    func string() throws(ContentError) -> String {
        guard let text = JSONText.string(self.value) else { throw self.error(.invalid, "this must be a string") }
        guard JSONText.hasWholeSurrogatePairs(self.value) else {
            throw self.error(.invalid, "the text has half of a surrogate pair")
        }
        return text
    }

    /// Throws unless the value is a string with something to read in it.
    func checkText() throws(ContentError) {
        let text = try self.string()
        guard !text.isEmpty else { throw self.error(.invalid, "the text is empty") }
        guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw self.error(.invalid, "the text is only white space")
        }
    }

    /// The bytes that a string of base64 stands for.
    ///
    /// Throws `too_large` if it is longer than `limit`, `corrupt` if it is not base64.
    func base64(limit: Int, _ name: String) throws(ContentError) -> [UInt8] {
        guard self.value.getInteger(at: self.value.readerIndex, as: UInt8.self) == UInt8(ascii: "\"") else {
            throw self.error(.invalid, "this must be a string of base64")
        }
        // Escaped, a character takes six bytes at most.
        guard (self.value.readableBytes - 2) / 6 <= limit else { throw self.tooLong(name, limit) }
        let decoded: Result<[UInt8]?, ContentError>
        if self.value.readableBytesView.contains(UInt8(ascii: "\\")) {
            // Some encoders write `\/`, or `\u002b` for a plus sign.
            var text = JSONText.string(self.value) ?? ""
            decoded = text.withUTF8 { self.decode(UnsafeRawBufferPointer($0), limit, name) }
        } else {
            decoded = self.value.withUnsafeReadableBytes { bytes in
                self.decode(UnsafeRawBufferPointer(rebasing: bytes.dropFirst().dropLast()), limit, name)
            }
        }
        guard let bytes = try decoded.get() else {
            throw self.error(.corrupt, "the data are not base64 (standard alphabet, padded, no white space)")
        }
        return bytes
    }

    func error(_ code: ContentError.Code, _ message: String) -> ContentError {
        ContentError(code, at: self.pointer, message)
    }

    private func decode(
        _ text: UnsafeRawBufferPointer,
        _ limit: Int,
        _ name: String
    ) -> Result<[UInt8]?, ContentError> {
        text.count <= limit ? .success(Base64.decode(text)) : .failure(self.tooLong(name, limit))
    }

    private func tooLong(_ name: String, _ limit: Int) -> ContentError {
        self.error(.tooLarge, "\(name) may take \(limit) bytes as base64")
    }

    private static func escaped(_ name: String) -> String {
        name.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }
}
