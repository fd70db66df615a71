package import NIOCore
package import Storage

/// What a viewer that attaches brings.
package enum ResumeRequest: Sendable, Equatable {
    /// Nothing: it wants the snapshot and then what is new.
    case snapshot
    /// Only what is new, without a snapshot.
    case latest
    /// Everything that is still here.
    case earliest
    /// The last durable event it has had.
    case after(EventID)
}

/// What a session gives a viewer that attaches, all of one moment.
package struct Attachment: Sendable {
    package let point: ResumePoint
    /// The data of `stream.snapshot`, where one is due.
    package let snapshot: ByteBuffer?
}
