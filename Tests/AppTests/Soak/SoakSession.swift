/// A session as the client that made it believes it to be.
struct SoakSession: Sendable {
    let id: String
    /// Its agent writes here what it runs, one token a line.
    let file: String
    var name: String?
    var messages: [SoakMessage] = []
    /// Its log, where it could be read after its end or at the end of the soak.
    var log: SoakLog?
    var isDeleted = false
}

/// A prompt, and what its client was told of it.
struct SoakMessage: Sendable {
    enum Promise: Sendable { case none, cancelled }

    /// What its turn writes; more than one when nobody knows whether an edit was taken.
    var tokens: [String]
    /// What it said before an edit that was taken, or would say after one that was not: never run.
    var discarded: [String] = []
    /// `nil` when it was refused.
    var id: String?
    var promise = Promise.none
    /// As last seen.
    var state = ""
    var turn: String?

    var isFinal: Bool { ["consumed", "returned", "cancelled", "unknown"].contains(self.state) }
}
