/// The kinds of image the API takes, by media type.
enum ImageFormat: String, CaseIterable {
    case png = "image/png"
    case jpeg = "image/jpeg"
    case gif = "image/gif"
    case webP = "image/webp"

    /// The kind that begins as `bytes` do.
    init?(startOf bytes: [UInt8]) {
        if bytes.starts(with: PNGFile.signature) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) {
            self = .gif
        } else if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
            self = .webP
        } else {
            return nil
        }
    }

    /// Walks over the whole file and returns its size.
    ///
    /// Bytes after the image's end are let through, as decoders do: cameras put films and depth maps there.
    func size(of bytes: [UInt8]) throws(MediaFlaw) -> ImageSize {
        switch self {
        case .png: try PNGFile(bytes).size
        case .jpeg: try JPEGFile(bytes).size
        case .gif: try GIFFile(bytes).size
        case .webP: try WebPFile(bytes).size
        }
    }
}
