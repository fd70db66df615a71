/// How it is with the store.
package enum StoreCondition: Sendable, Equatable {
    /// The last transaction was committed, or there was none yet.
    case healthy
    /// Nothing is committed: batches wait in memory and are tried again.
    case failing(StorageError)
}
