package import NIOCore

/// One message from a client to the agent, as it waits in the queue and goes into a turn.
package struct Prompt: Sendable, Equatable {
    /// The public id, `m_…`.
    package let id: String
    /// What the CLI knows it by: a fresh UUID, since it drops one it has seen in silence (PROTOCOL §5.1).
    package let uuid: String
    /// JSON: a string, or an array of content blocks.
    package let content: ByteBuffer
    /// RFC 3339, when it was accepted.
    package let createdAt: String

    package init(id: String, uuid: String, content: ByteBuffer, createdAt: String) {
        self.id = id
        self.uuid = uuid
        self.content = content
        self.createdAt = createdAt
    }
}

/// What became of a prompt when it was handed in.
package struct PromptReceipt: Sendable, Equatable {
    package enum State: String, Sendable, Codable {
        /// It went to the agent at once.
        case delivered
        /// It waits its turn.
        case queued
    }

    package let messageID: String
    package let state: State
    /// 0 for a delivered one, else its place in the queue from 1.
    package let position: Int
    /// The durable event before anything that belongs to this prompt.
    package let cursor: String
}
