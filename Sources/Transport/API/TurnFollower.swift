import Actors
import Agent
import NIOCore
import Storage

/// Follows one prompt through the log: its message events and its turn, to the end of it.
struct TurnFollower: Sendable {
    private let messageID: String
    private var turn: String?
    /// The data of `turn.ended`, or of what ended the prompt otherwise.
    private(set) var end: (type: String, data: ByteBuffer)?

    init(messageID: String) {
        self.messageID = messageID
    }

    /// What of some events belongs to the prompt; nothing more once `end` is set.
    mutating func relevant(_ events: [Event]) -> [Event] {
        events.filter { self.take($0) }
    }

    private mutating func take(_ event: Event) -> Bool {
        guard self.end == nil else { return false }
        switch event.type {
        case "turn.started":
            guard Self.messageID(of: event) == self.messageID else { return false }
            self.turn = event.turn
            return true
        case "turn.ended":
            // Its beginning may have left the log before it was read.
            guard event.turn == self.turn || Self.messageID(of: event) == self.messageID else { return false }
            self.end = (event.type, Self.data(of: event))
            return true
        case "message.consumed":
            // It was steered into a turn of others, and that is its end too.
            guard Self.messageID(of: event) == self.messageID else { return false }
            self.turn = event.turn
            return true
        case "session.ended":
            self.end = (event.type, Self.data(of: event))
            return true
        case "message.returned", "message.cancelled":
            guard Self.messageID(of: event) == self.messageID else { return false }
            self.end = (event.type, Self.data(of: event))
            return true
        case let type where type.hasPrefix("message."):
            return Self.messageID(of: event) == self.messageID
        default:
            return self.turn != nil && event.turn == self.turn
        }
    }

    private static func messageID(of event: Event) -> String? {
        JSONObject(event.envelope)?.object("data")?.string("message_id")
    }

    private static func data(of event: Event) -> ByteBuffer {
        JSONObject(event.envelope)?.raw("data") ?? ByteBuffer(string: "{}")
    }
}
