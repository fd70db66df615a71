extension ScriptedAgent {
    /// Takes one line of the host.
    func take(line: [UInt8]) {
        guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
        guard let message = JSONParser.parse(line) else {
            self.fail("Error parsing streaming input line (type=unknown, \(line.count) chars): SyntaxError")
            return
        }
        if message == .null {
            self.fail("Error parsing streaming input line (type=unknown, \(line.count) chars): TypeError")
            return
        }
        switch message["type"]?.text {
        case "user": self.takeUser(message)
        case "control_request" where !self.session.ignored.contains(.control): self.takeControl(message)
        case "control_response" where !self.session.ignored.contains(.control):
            self.turn?.answer(message["response"] ?? .null, now: Clock.now)
        default: break
        }
    }

    private func takeUser(_ message: JSON) {
        guard let prompt = Prompt(line: message) else {
            let role = message["message"]?["role"]?.text ?? "undefined"
            self.fail("Error: Expected message role 'user', got '\(role)'")
            return
        }
        if let uuid = prompt.uuid {
            guard self.session.seenPrompts.insert(uuid).inserted else {
                guard self.session.options.replaysUserMessages else { return }
                self.session.emit([
                    "type": "user", "message": ["role": "user", "content": prompt.content],
                    "session_id": .string(self.session.id), "parent_tool_use_id": .null, "uuid": .string(uuid),
                    "isReplay": true,
                ])
                return
            }
            self.session.emitLifecycle(uuid, "queued")
        }
        self.queue.add(prompt)
        if prompt.priority == .now { self.turn?.displace() }
        guard self.turn == nil || self.turn?.isFinished == true else { return }
        self.turn = nil
        self.startTurnFromQueue()
    }

    private func takeControl(_ message: JSON) {
        let id = message["request_id"] ?? .null
        let request = message["request"] ?? .null
        var responder = ControlResponder(agent: self)
        switch responder.answer(request, id: id) {
        case .success(let payload, let extra):
            var response: JSON = ["subtype": "success", "request_id": id]
            if let payload { response["response"] = payload }
            for (name, value) in extra { response[name] = value }
            self.session.emit(["type": "control_response", "response": response])
        case .failure(let error, let code):
            var response: JSON = ["subtype": "error", "request_id": id, "error": .string(error)]
            if let code { response["error_code"] = .string(code) }
            self.session.emit(["type": "control_response", "response": response])
        }
        responder.followUp(request)
    }
}
