package import NIOCore

/// The CLI's answer to a request of the host.
package struct ControlResponse: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        /// The payload, a JSON value; absent for some requests.
        case success(ByteBuffer?)
        /// For people, and a code for programs where there is one.
        case failure(message: String, code: String?)
    }

    package var requestID: String
    package var outcome: Outcome

    /// Reads a `control_response` line; throws `malformed_message` if it is none.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), object.string("type") == "control_response",
            let response = object.object("response"), let requestID = response.string("request_id")
        else { throw AgentError(.malformedMessage, "not a control response") }
        self.requestID = requestID
        if response.string("subtype") == "success" {
            self.outcome = .success(response.nonNull("response"))
        } else {
            self.outcome = .failure(message: response.string("error") ?? "", code: response.string("error_code"))
        }
    }
}

/// The payload of the answer to `initialize`.
package struct InitializeResponse: Sendable, Equatable {
    package var pid: Int32?
    /// The CLI's own version.
    package var version: String?
    package var permissionMode: String?
    package var sessionState: String?
    package var capabilities: [String]
    /// A JSON array.
    package var models: ByteBuffer?
    /// A JSON array.
    package var commands: ByteBuffer?
    /// A JSON array.
    package var agents: ByteBuffer?
    /// A JSON object.
    package var account: ByteBuffer?

    /// Reads the payload of a successful `ControlResponse`; throws `malformed_message` if it is no object.
    package init(_ payload: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(payload) else {
            throw AgentError(.malformedMessage, "the answer to initialize is no object")
        }
        self.pid = object.int("pid").flatMap { Int32(exactly: $0) }
        self.version = object.string("claude_code_version")
        self.permissionMode = object.string("current_permission_mode")
        self.sessionState = object.string("session_state")
        self.capabilities = object.strings("capabilities") ?? []
        self.models = object.nonNull("models")
        self.commands = object.nonNull("commands")
        self.agents = object.nonNull("agents")
        self.account = object.nonNull("account")
    }
}
