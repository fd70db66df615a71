import GRDB

/// A batch that cannot be written for what it holds, however well the store is.
enum BatchFault: Error {
    /// An event that is stored already, does not follow the one before it, or has too large a number.
    case eventOutOfOrder

    /// Whether an error is the fault of the batch, so that it must not hold up the others.
    static func explains(_ error: any Error) -> Bool {
        switch error {
        case is BatchFault: true
        case let error as DatabaseError:
            [.SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_RANGE].contains(error.resultCode)
        default: false
        }
    }
}
