/// Why a measurement could not be taken, in one line for the person who asked for it.
struct BenchmarkError: Error, CustomStringConvertible {
    /// A signal said stop.
    static let interruption = BenchmarkError("interrupted", isInterruption: true)

    let description: String
    let isInterruption: Bool

    init(_ description: String) {
        self.init(description, isInterruption: false)
    }

    private init(_ description: String, isInterruption: Bool) {
        self.description = description
        self.isInterruption = isInterruption
    }
}
