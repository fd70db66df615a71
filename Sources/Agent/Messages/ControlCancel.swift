package import NIOCore

/// `control_cancel_request`: the CLI no longer wants an answer to one of its questions.
package struct ControlCancel: Sendable, Equatable {
    package var requestID: String

    /// Reads a `control_cancel_request` line; throws `malformed_message` if it is none.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), object.string("type") == "control_cancel_request",
            let requestID = object.string("request_id")
        else { throw AgentError(.malformedMessage, "not a cancelled request") }
        self.requestID = requestID
    }
}
