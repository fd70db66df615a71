import Actors
import Agent
import HTTPTypes

extension TurnReply {
    /// Why there is no answer, for systems that say so by a status; `nil` when there is one, cut short or not.
    ///
    /// Its codes are `agent_failed`, `agent_died`, `budget_reached`, `session_ended` and `draining`, and for errors of the
    /// Messages API `api_error` with the API's own status, but for those that are about the server's credential.
    var failure: Problem? {
        switch self.outcome {
        case .completed, .interrupted: return nil
        case .budget: return Problem(.conflict, "budget_reached", self.said ?? "The budget is spent.")
        case .killed: return Problem(.internalServerError, "agent_died", self.said ?? "The agent's process has died.")
        case .failed: return self.agentFailure
        case nil: break
        }
        switch self.cut {
        case .drain: return Problem(.serviceUnavailable, "draining", "The server goes; try again in a moment.")
        case .late: return Problem(.gatewayTimeout, "timeout", "The agent took longer than the request waits.")
        case .over, .left, nil: return Problem(.gone, "session_ended", "The session has ended before the answer.")
        }
    }

    private var agentFailure: Problem {
        let said = self.said ?? self.result?.result ?? "The agent failed."
        if let status = self.result?.apiErrorStatus, (400...599).contains(status) {
            // What is wrong with the server's own login is nothing that its client could mend.
            let status = [401, 403].contains(status) ? 500 : status
            return Problem(HTTPResponse.Status(code: status), "api_error", said)
        }
        switch self.result?.terminalReason {
        case "prompt_too_long", "image_error", "blocking_limit": return Problem(.badRequest, "api_error", said)
        default: return Problem(.internalServerError, "agent_failed", said)
        }
    }
}
