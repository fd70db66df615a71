import DequeModule
package import NIOCore

/// Speaks the CLI's protocol for a program that answers one prompt and ends: decides what is written, and what is run.
///
/// No I/O, and the time is an argument. What the host may ask of it: prompts of text, `initialize`, `interrupt`, `set_model`
/// and `cancel_async_message`; all else it refuses as the CLI refuses what it does not know.
package struct AdapterMachine<Events: AdapterEvents>: Sendable {
    /// What is to be done.
    package enum Action: Sendable, Equatable {
        /// A line for the host, without its newline.
        case write(ByteBuffer)
        /// The program is to be run, with this on its standard input.
        case run(arguments: [String], input: String)
        /// The running program is to be told to stop.
        case stop
    }

    private struct Prompt {
        let uuid: String
        /// `nil` for one with something else than text in it.
        let text: String?
    }

    private struct Run {
        let prompt: Prompt
        var turn: AdapterTurn
        var events = Events()
        var isInterrupted = false
        /// Whether it goes on with a conversation that the program may not know.
        let isUncertain: Bool
    }

    private let name: String
    private let directory: String
    private let arguments: [String]
    private var model: String?
    /// The program's id once it has told one; before that what the host calls the conversation.
    private var conversation: String
    /// Whether the program has a conversation of that id, as far as anybody knows.
    private var isKnown: Bool
    /// Whether it has said so itself.
    private var isConfirmed = false
    /// Why no prompt can be answered, if none can.
    private let obstacle: String?
    private var waiting: Deque<Prompt> = []
    private var run: Run?

    /// - Parameters:
    ///   - name: the program's, for people.
    ///   - flags: those of the CLI that the host gives.
    ///   - arguments: further ones for the program.
    ///   - directory: where it works.
    package init(name: String, flags: [String], arguments: [String], directory: String) {
        func value(_ flag: String) -> String? {
            flags.last { $0.hasPrefix("\(flag)=") }.map { String($0.dropFirst(flag.utf8.count + 1)) }
        }
        self.name = name
        self.directory = directory
        self.arguments = arguments
        self.model = value("--model")
        let resumed = value("--resume")
        self.isKnown = resumed != nil
        self.conversation = resumed ?? value("--session-id") ?? ""
        self.obstacle =
            flags.contains("--fork-session") || value("--resume-session-at") != nil
            ? "\(name) cannot copy a conversation or go back in it" : nil
    }

    /// Whether the program runs.
    package var isRunning: Bool { self.run != nil }

    /// The host has written a line.
    package mutating func hostSaid(_ line: ByteBuffer, now: ContinuousClock.Instant) -> [Action] {
        guard let message = JSONObject(line) else { return [] }
        switch message.string("type") {
        case "user": return self.take(prompt: message, now)
        case "control_request":
            guard let request = message.object("request") else { return [] }
            return self.answer(request, id: message.string("request_id") ?? "", now)
        default: return []
        }
    }

    /// The program has printed a line; what is no JSON is its own affair.
    package mutating func programSaid(_ line: ByteBuffer) -> [Action] {
        guard var run, let event = JSONObject(line) else { return [] }
        run.events.take(event, &run.turn)
        let lines = run.turn.takeLines()
        self.run = run
        if run.turn.hasBegun { self.noteConversation(run.turn.conversation) }
        return lines.map { .write($0) }
    }

    /// The program has ended, and all it printed was seen.
    ///
    /// - Parameters:
    ///   - code: how; 128 and the signal's number for one.
    ///   - errors: the end of what it complained of.
    ///   - now: the time.
    /// - Returns: the end of the turn, and what comes next.
    package mutating func programEnded(code: Int32, errors: String, now: ContinuousClock.Instant) -> [Action] {
        guard var run else { return [] }
        self.run = nil
        if code != 0, !run.turn.hasBegun, run.isUncertain, !run.isInterrupted {
            // It knows nothing of that conversation: perhaps nothing was ever said in it.
            self.isKnown = false
            return self.begin(run.prompt, now)
        }
        if code != 0 { run.turn.fail(Self.reason(self.name, code, errors)) }
        return self.end(&run, now) + self.next(now)
    }

    // MARK: Steps

    private mutating func take(prompt message: JSONObject, _ now: ContinuousClock.Instant) -> [Action] {
        let content = message.object("message")?.raw("content") ?? ByteBuffer()
        let prompt = Prompt(uuid: message.string("uuid") ?? "", text: Self.text(of: content))
        self.waiting.append(prompt)
        let queued: [Action] = [self.lifecycle(prompt, "queued")]
        guard self.run == nil else {
            guard message.string("priority") == "now" else { return queued }
            self.run?.isInterrupted = true
            return queued + [.stop]
        }
        return queued + self.next(now)
    }

    private mutating func next(_ now: ContinuousClock.Instant) -> [Action] {
        guard self.run == nil, let prompt = self.waiting.popFirst() else { return [] }
        return [self.lifecycle(prompt, "started")] + self.begin(prompt, now)
    }

    private mutating func begin(_ prompt: Prompt, _ now: ContinuousClock.Instant) -> [Action] {
        var run = Run(
            prompt: prompt,
            turn: AdapterTurn(
                promptUUID: prompt.uuid,
                conversation: self.conversation,
                directory: self.directory,
                model: self.model,
                now: now
            ),
            isUncertain: self.isKnown && !self.isConfirmed
        )
        guard let text = prompt.text, self.obstacle == nil else {
            run.turn.fail(self.obstacle ?? "\(self.name) takes prompts of text only")
            return self.end(&run, now) + self.next(now)
        }
        self.run = run
        let request = AdapterRequest(
            model: self.model,
            conversation: self.isKnown ? self.conversation : nil,
            arguments: self.arguments
        )
        return [.run(arguments: Events.arguments(request), input: text)]
    }

    private func end(_ run: inout Run, _ now: ContinuousClock.Instant) -> [Action] {
        run.turn.end(isInterrupted: run.isInterrupted, now: now)
        let lines = run.turn.takeLines().map { Action.write($0) }
        return lines + [self.lifecycle(run.prompt, "completed")]
    }

    private mutating func noteConversation(_ id: String) {
        self.conversation = id
        self.isKnown = true
        self.isConfirmed = true
    }

    private mutating func answer(
        _ request: JSONObject,
        id: String,
        _ now: ContinuousClock.Instant
    ) -> [Action] {
        switch request.string("subtype") {
        case "initialize":
            var payload = JSONObjectWriter()
            for key in ["commands", "agents", "models"] as [StaticString] { payload.add(key, array: []) }
            return [Self.success(id, payload.json)]
        case "set_model":
            self.model = request.string("model").flatMap { $0 == "default" ? nil : $0 }
            return [Self.success(id, nil)]
        case "cancel_async_message":
            let uuid = request.string("message_uuid")
            let place = self.waiting.firstIndex { $0.uuid == uuid }
            let cancelled = place.map { self.waiting.remove(at: $0) }
            var payload = JSONObjectWriter()
            payload.add("cancelled", cancelled != nil)
            payload.add("message_uuid", cancelled?.uuid)
            return (cancelled.map { [self.lifecycle($0, "cancelled")] } ?? []) + [Self.success(id, payload.json)]
        case "interrupt": return self.interrupt(id, cancelsQueued: request.bool("cancel_queued") == true)
        default:
            var response = JSONObjectWriter()
            response.add("subtype", "error")
            response.add("request_id", id)
            response.add("error", "Unsupported control request subtype: \(request.string("subtype") ?? "")")
            response.add("error_code", "unsupported_request")
            return [Self.response(response)]
        }
    }

    private mutating func interrupt(_ id: String, cancelsQueued: Bool) -> [Action] {
        var actions: [Action] = []
        var payload = JSONObjectWriter()
        let waiting = self.waiting
        if cancelsQueued {
            self.waiting = []
            actions += waiting.map { self.lifecycle($0, "cancelled") }
        }
        payload.add("still_queued", texts: self.waiting.map(\.uuid))
        payload.add("cancelled", texts: cancelsQueued ? waiting.map(\.uuid) : nil)
        actions.append(Self.success(id, payload.json))
        guard self.run != nil else { return actions }
        self.run?.isInterrupted = true
        return actions + [.stop]
    }

    // MARK: Lines

    private func lifecycle(_ prompt: Prompt, _ state: String) -> Action {
        var line = JSONObjectWriter()
        line.add("type", "command_lifecycle")
        line.add("command_uuid", prompt.uuid)
        line.add("state", state)
        line.add("session_id", self.conversation)
        return .write(line.json)
    }

    private static func success(_ id: String, _ payload: ByteBuffer?) -> Action {
        var response = JSONObjectWriter()
        response.add("subtype", "success")
        response.add("request_id", id)
        response.add("response", raw: payload)
        return Self.response(response)
    }

    private static func response(_ response: JSONObjectWriter) -> Action {
        var line = JSONObjectWriter()
        line.add("type", "control_response")
        line.add("response", raw: response.json)
        return .write(line.json)
    }

    /// The text of a prompt; `nil` when there is more than text in it.
    private static func text(of content: ByteBuffer) -> String? {
        if let text = JSONText.string(content) { return text }
        let blocks = (JSONObject.elements(content) ?? []).map { JSONObject($0) }
        let texts = blocks.compactMap { $0?.string("type") == "text" ? $0?.string("text") : nil }
        return texts.count == blocks.count && !texts.isEmpty ? texts.joined(separator: "\n") : nil
    }

    private static func reason(_ name: String, _ code: Int32, _ errors: String) -> String {
        let last = errors.split(whereSeparator: \.isNewline).last.map { $0.trimmingPrefix(while: \.isWhitespace) }
        let end = code > 128 ? "was ended by signal \(code - 128)" : "ended with exit code \(code)"
        guard let last, !last.isEmpty else { return "\(name) \(end)" }
        return "\(name) \(end): \(last.prefix(500))"
    }
}
