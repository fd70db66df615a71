/// Why bytes are not a whole file of the kind they should be, in a sentence for people.
struct MediaFlaw: Error, Equatable {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
