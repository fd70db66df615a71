import Synchronization

/// The certificate in force, and the way to a new one without a restart.
///
/// A connection takes ``current`` when it is accepted and keeps it for its life.
package final class TLSContextStore: Sendable {
    private let configuration: TLSConfiguration
    private let context: Mutex<TLSContext>

    /// Reads the files for the first time; throws as ``TLSContext/init(_:)`` does.
    package init(_ configuration: TLSConfiguration) throws(TLSError) {
        self.configuration = configuration
        self.context = Mutex(try TLSContext(configuration))
    }

    /// For the next connection.
    package var current: TLSContext {
        self.context.withLock { $0 }
    }

    /// Reads the files again, as for `SIGHUP`.
    ///
    /// Blocks for the time the disk takes; for one caller at a time.
    ///
    /// When it throws, the certificate in force stays so.
    package func reload() throws(TLSError) {
        let fresh = try TLSContext(self.configuration)
        self.context.withLock { $0 = fresh }
    }
}
