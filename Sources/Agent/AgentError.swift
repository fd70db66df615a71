/// What this target throws: a code for programs, a detail for people, a cause where there is one.
package struct AgentError: Error, CustomStringConvertible {
    /// What went wrong, for programs.
    package enum Code: String, Sendable {
        /// There is no such executable, or it may not be run.
        case executableNotFound = "executable_not_found"
        /// The executable was started and failed, or did not answer in time.
        case executableFailed = "executable_failed"
        /// A message of the CLI lacks what its type promises.
        case malformedMessage = "malformed_message"
        /// The kernel refused a call.
        case systemCall = "system_call"
        /// The credential that a child is to have is not where it should be.
        case credentialMissing = "credential_missing"
        /// git refused, failed or took too long.
        case gitFailed = "git_failed"
    }

    package let code: Code
    /// One sentence for people; never text of a prompt.
    package let detail: String
    package let cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    package var description: String {
        guard let cause else { return "\(self.code.rawValue): \(self.detail)" }
        return "\(self.code.rawValue): \(self.detail) (\(cause))"
    }
}
