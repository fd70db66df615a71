/// What became of a batch.
package enum StoreOutcome: Sendable, Equatable {
    /// Its transaction is committed: it survives the end of this process.
    case committed
    /// It is not in the file (yet).
    ///
    /// Either the writing fails: the batch is kept and written later, in its place. Or the batch itself was refused (see
    /// `StoreCounts.refused`), or the writer has ended: then it is lost.
    case delayed
}
