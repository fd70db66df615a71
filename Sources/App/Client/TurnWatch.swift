import Agent
import Transport

/// Waits in a session's events for what becomes of one message.
struct TurnWatch {
    let message: String

    /// How it ended, if this event is its end: the `outcome` of its turn, or what else became of it.
    func outcome(_ event: ServerEvent) -> String? {
        switch event.type {
        case "session.ended": return "ended"
        case "turn.ended": return self.isOurs(event) ? event.data?.string("outcome") : nil
        // It was steered into a turn of others.
        case "message.consumed": return self.isOurs(event) ? "completed" : nil
        case "message.returned", "message.cancelled": return self.isOurs(event) ? "returned" : nil
        default: return nil
        }
    }

    private func isOurs(_ event: ServerEvent) -> Bool { event.data?.string("message_id") == self.message }
}
