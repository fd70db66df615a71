/// An image's extent in pixels, neither of them zero.
struct ImageSize: Equatable, CustomStringConvertible {
    let width: Int
    let height: Int

    /// Throws if either is less than one.
    init(width: Int, height: Int) throws(MediaFlaw) {
        guard width > 0, height > 0 else { throw MediaFlaw("the image has no pixels (\(width)x\(height))") }
        self.width = width
        self.height = height
    }

    var description: String { "\(self.width)x\(self.height)" }
}
