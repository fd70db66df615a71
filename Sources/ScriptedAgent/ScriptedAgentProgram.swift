import Glibc

/// The program `troupe-scripted-agent`: a stand-in for the Claude Code CLI that speaks its stream-json protocol.
///
/// What it says is chosen by directives in the prompts, or by a recorded transcript.
@main
enum ScriptedAgentProgram {
    static func main() {
        switch CommandLineParser.parse(Array(CommandLine.arguments.dropFirst())) {
        case .print(let text): print(text)
        case .fail(let complaint): self.fail(complaint)
        case .run(let options): exit(self.run(options))
        }
    }

    private static func run(_ options: Options) -> Int32 {
        guard let signals = SignalPipe() else { self.fail("Error: no pipe for signals") }
        if let path = options.transcript {
            guard let transcript = Transcript(path: path) else { self.fail("Error: Transcript not found: \(path)") }
            return TranscriptPlayer(transcript, options: options, signals: signals).run()
        }
        if let code = Environment.number("TROUPE_SCRIPT_START_EXIT") {
            Files.complain("Error: told to fail at the start")
            return Int32(code)
        }
        let session = AgentSession(options: options, conversation: self.conversation(options))
        return ScriptedAgent(session: session, signals: signals).run()
    }

    /// The conversation to take up or to begin; ends the program when the command line names an impossible one.
    private static func conversation(_ options: Options) -> Conversation {
        var identifiers = Identifiers()
        let directory = Environment.workingDirectory
        let old =
            options.resume.map { SessionFile.find($0) }
            ?? (options.continues ? SessionFile.newest(workingDirectory: directory) : nil)
        if let id = options.sessionID, SessionFile.find(id) != nil {
            self.fail("Error: Session ID \(id) is already in use.")
        }
        if let wanted = options.resume, old == nil {
            self.failResume("No conversation found with session ID: \(wanted)", &identifiers)
        }
        guard let old else {
            let id = options.sessionID ?? identifiers.uuid()
            return Conversation(sessionID: id, workingDirectory: directory, isKept: options.keepsSession)
        }
        let id = options.forks ? options.sessionID ?? identifiers.uuid() : old.sessionID
        let conversation = Conversation(
            file: old,
            sessionID: id,
            workingDirectory: directory,
            isKept: options.keepsSession,
            cut: options.resumeAt
        )
        guard let conversation else {
            self.failResume("No message found with message.uuid of: \(options.resumeAt ?? "")", &identifiers)
        }
        return conversation
    }

    private static func failResume(_ complaint: String, _ identifiers: inout Identifiers) -> Never {
        var output = OutputPipe(STDOUT_FILENO)
        output.write([
            "type": "result", "subtype": "error_during_execution", "duration_ms": 0, "duration_api_ms": 0,
            "is_error": true, "num_turns": 0, "stop_reason": .null, "session_id": .string(identifiers.uuid()),
            "total_cost_usd": 0, "usage": Usage().resultLine, "modelUsage": [:], "permission_denials": [],
            "uuid": .string(identifiers.uuid()), "errors": [.string(complaint)], "result_index": 0,
        ])
        output.drain(limit: .seconds(5))
        self.fail(complaint)
    }

    private static func fail(_ complaint: String) -> Never {
        Files.complain(complaint)
        exit(1)
    }
}
