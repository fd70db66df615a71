package import NIOCore

/// One message from a client to the agent, as it waits in the queue and goes into a turn.
package struct Prompt: Sendable, Equatable {
    /// How it goes to the agent.
    package enum Delivery: String, Sendable, CaseIterable {
        /// After what runs and what waits: a turn of its own.
        case queue
        /// Into the running turn; a turn of its own when none runs.
        case steer
        /// The running turn is stopped; then this one runs, before what waits.
        case interrupt
    }

    /// Who wrote it.
    package enum Origin: String, Sendable {
        case client
        /// The server itself: an answer whose question did not survive a restart.
        case approval
        /// A command of the CLI that a route of ours stands for, as compaction: the server's words, not the client's.
        case command
    }

    /// The public id, `m_…`.
    package let id: String
    /// What the CLI knows it by: a fresh UUID, since it drops one it has seen in silence (PROTOCOL §5.1).
    package let uuid: String
    /// JSON: a string, or an array of content blocks.
    package internal(set) var content: ByteBuffer
    package let delivery: Delivery
    package internal(set) var origin: Origin
    /// RFC 3339, when it was accepted.
    package let createdAt: String

    package init(
        id: String,
        uuid: String,
        content: ByteBuffer,
        delivery: Delivery = .queue,
        origin: Origin = .client,
        createdAt: String
    ) {
        self.id = id
        self.uuid = uuid
        self.content = content
        self.delivery = delivery
        self.origin = origin
        self.createdAt = createdAt
    }
}

/// What became of a prompt when it was handed in.
package struct PromptReceipt: Sendable, Equatable {
    package let messageID: String
    /// What the CLI knows it by.
    package let uuid: String
    package let state: MessageState
    /// 0 for one that does not wait, else its place in the queue from 1.
    package let position: Int
    /// The durable event before anything that belongs to this prompt.
    package let cursor: String
    /// It was taken before, under the same key.
    package var isRepeated = false
}

/// What has become of a message.
package enum MessageState: String, Sendable, Codable, CaseIterable {
    /// Taken, and on its way to the agent.
    case accepted
    /// It waits its turn.
    case queued
    /// The agent has it.
    case delivered
    /// A turn that it was part of has ended.
    case consumed
    /// Handed back: it never reached the agent.
    case returned
    /// Taken back by a client.
    case cancelled
    /// The agent had it and was lost before the turn's end: it may or may not have done something.
    ///
    /// Never sent again by itself.
    case unknown

    /// Whether nothing more will happen to it.
    package var isFinal: Bool {
        switch self {
        case .accepted, .queued, .delivered: false
        case .consumed, .returned, .cancelled, .unknown: true
        }
    }
}
