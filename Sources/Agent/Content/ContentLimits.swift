/// Bounds on a prompt's content; the defaults are those of the Messages API.
package struct ContentLimits: Sendable, Equatable {
    /// Of one image, as base64 text.
    package var maximumImageBase64Bytes: Int
    /// In one prompt.
    package var maximumImages: Int
    /// Pixels of an image's width, and of its height.
    package var maximumImageSide: Int
    /// Of one PDF, as base64 text.
    package var maximumDocumentBase64Bytes: Int
    /// Whether images and PDFs may be addresses that the Messages API fetches.
    ///
    /// One that it cannot fetch stays in the conversation, so only for sessions that nobody goes on with.
    package var allowsURLs: Bool

    package init(
        maximumImageBase64Bytes: Int = 5 * 1024 * 1024,
        maximumImages: Int = 100,
        maximumImageSide: Int = 8000,
        maximumDocumentBase64Bytes: Int = 32 * 1024 * 1024,
        allowsURLs: Bool = false
    ) {
        self.maximumImageBase64Bytes = maximumImageBase64Bytes
        self.maximumImages = maximumImages
        self.maximumImageSide = maximumImageSide
        self.maximumDocumentBase64Bytes = maximumDocumentBase64Bytes
        self.allowsURLs = allowsURLs
    }

    package static let `default` = ContentLimits()
}
