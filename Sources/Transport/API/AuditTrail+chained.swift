package import Actors
package import Storage

extension AuditTrail {
    /// A trail whose entries are chained with SHA-256 of libssl.
    ///
    /// - Parameters:
    ///   - store: where it goes; `nil` for memory.
    ///   - limits: what is kept.
    /// - Returns: the trail, going on where an earlier server left it.
    package static func chained(store: Store? = nil, limits: Limits = Limits()) -> AuditTrail {
        AuditTrail(store: store, limits: limits) { Digest.sha256($0) }
    }
}
