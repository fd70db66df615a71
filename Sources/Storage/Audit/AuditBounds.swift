/// What of the audit is to be forgotten.
package struct AuditBounds: Sendable, Equatable {
    /// Entries earlier than this time go; `nil` keeps them.
    package let earliest: String?
    /// Of the newest ones so many stay.
    package let maximumEntries: Int64

    package init(earliest: String?, maximumEntries: Int64) {
        self.earliest = earliest
        self.maximumEntries = maximumEntries
    }
}
