import Glibc

extension Turn {
    /// Does what a well-behaved CLI does not.
    func misbehave(_ step: Directive) {
        switch step {
        case .crash(let code):
            self.session.output.drain(limit: .seconds(5))
            _exit(code)
        case .crashBySignal(let number):
            self.session.output.drain(limit: .seconds(5))
            signal(number, SIG_DFL)
            kill(getpid(), number)
        case .ignore(let what):
            self.session.ignored.insert(what)
            self.steps.insert(.say("from now on: \(what.rawValue)"), at: 0)
        case .giant(let bytes):
            let padding = String(repeating: "g", count: bytes)
            self.session.emitSystem("giant", ["padding": .string(padding)])
        case .invalid(let text): self.session.output.write(bytes: Array("\(text)\n".utf8))
        case .unknown(let type):
            self.session.emit([
                "type": .string(type), "payload": ["any": "thing"], "session_id": .string(self.session.id),
                "uuid": .string(self.session.identifiers.uuid()),
            ])
        case .complain(let text): Files.complain(text)
        default: break
        }
    }
}

extension Shell {
    /// Starts a `sleep` in a session of its own that outlives this program; its process id.
    static func fork(seconds: Int) -> pid_t? {
        let shell = Shell(command: "exec sleep \(seconds) >/dev/null 2>&1")
        return shell?.processID
    }
}
