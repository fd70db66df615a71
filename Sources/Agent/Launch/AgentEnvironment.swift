import Glibc
import SystemPackage

/// Which of the server's environment variables a child gets.
///
/// Every tool a child runs inherits them, so the list is of what may be known, not of what may not.
package enum AgentEnvironment {
    private static let names: Set<String> = [
        "HOME", "PATH", "LANG", "LANGUAGE", "TZ", "USER", "LOGNAME", "SHELL", "TERM", "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy",
        "https_proxy", "no_proxy", "all_proxy", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR", "IS_SANDBOX",
    ]
    private static let prefixes = ["LC_", "ANTHROPIC_", "XDG_"]

    /// The allowed part of `environment`.
    package static func allowed(_ environment: [String: String]) -> [String: String] {
        environment.filter { name, _ in
            self.names.contains(name) || self.prefixes.contains { name.hasPrefix($0) }
        }
    }

    /// All of this process's environment.
    package static func ofServer() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return variables
    }
}

extension AgentLaunch {
    /// The whole environment of the child.
    package var environment: [String: String] {
        var environment = AgentEnvironment.allowed(self.inheritedEnvironment)
        if self.user != nil {
            // What the server's own user is called is nothing to another.
            for name in ["USER", "LOGNAME", "SHELL"] { environment[name] = nil }
            environment["HOME"] = (self.stateDirectory ?? self.workingDirectory).string
        }
        if let stateDirectory { environment["CLAUDE_CONFIG_DIR"] = stateDirectory.string }
        if let temporaryDirectory {
            environment["TMPDIR"] = temporaryDirectory.string
            environment["CLAUDE_CODE_TMPDIR"] = temporaryDirectory.string
        }
        environment["CLAUDE_CODE_STREAM_EVENT_HOLD_MS"] = String(Int(self.streamEventHold / .milliseconds(1)))
        environment["CLAUDE_CODE_ENTRYPOINT"] = "troupe"
        if self.sessionStateEvents { environment["CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS"] = "1" }
        if self.fileCheckpointing { environment["CLAUDE_CODE_ENABLE_SDK_FILE_CHECKPOINTING"] = "true" }
        environment["DISABLE_AUTOUPDATER"] = "1"
        environment.merge(self.extraEnvironment) { _, extra in extra }
        // Its own comes with the start, and must not stand beside another.
        if self.credential != nil { for name in CredentialReference.variables { environment[name] = nil } }
        environment["CLAUDECODE"] = nil
        environment[OwnerMark.variable] = self.owner.description
        return environment
    }
}
