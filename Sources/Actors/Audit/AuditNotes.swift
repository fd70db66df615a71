import Agent
import NIOCore
import Synchronization

/// What those who carry out an act say of it, for the one entry that whoever asked for it leaves.
///
/// It goes along with the task: the wire opens it around a request or a command, and sessions write on it. So every
/// surface leaves the same entry, and none has to hand it through.
package final class AuditNotes: Sendable {
    /// The act that this task carries out; `nil` when nobody asked.
    @TaskLocal package static var current: AuditNotes?

    struct Content {
        var session: String?
        var owner: String?
        var target: String?
        var facts: [(name: String, fact: AuditFact)] = []
    }

    private let content = Mutex(Content())

    package init() {}

    /// The session it is done to, and whose that is.
    package func note(session: String, owner: String?) {
        self.content.withLock { content in
            content.session = session
            content.owner = owner
        }
    }

    /// What else it is done to.
    package func note(target: String) {
        self.content.withLock { $0.target = target }
    }

    /// A fact; one of the same name takes the place of the former.
    package func note(_ name: String, _ fact: AuditFact) {
        self.content.withLock { content in
            content.facts.removeAll { $0.name == name }
            content.facts.append((name, fact))
        }
    }

    /// The session that was named, if one was.
    package var session: String? { self.content.withLock { $0.session } }

    func read<Value: Sendable>(_ body: (Content) -> Value) -> Value {
        self.content.withLock { body($0) }
    }
}

extension AuditNotes.Content {
    /// The facts as a JSON object.
    var details: ByteBuffer {
        var buffer = ByteBuffer(string: "{")
        for (place, (name, fact)) in self.facts.enumerated() {
            if place > 0 { buffer.writeString(",") }
            JSONText.append(name, to: &buffer)
            buffer.writeString(":")
            fact.append(to: &buffer)
        }
        buffer.writeString("}")
        return buffer
    }
}
