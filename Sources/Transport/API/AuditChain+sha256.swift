package import Actors

extension AuditChain {
    /// A reader of trails that `AuditTrail.chained` has made.
    package static var sha256: AuditChain { AuditChain { Digest.sha256($0) } }
}
