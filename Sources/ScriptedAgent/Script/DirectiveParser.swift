/// Finds the directives in a prompt.
///
/// Shape: a prompt in; the steps of its lines out, none when it is plain text. Lines that are no directives are passed
/// over when others are.
struct DirectiveParser {
    /// The words that stand alone on their line.
    private static let singleWords: [String: Directive] = [
        "unicode": .unicode, "hang": .hang, "empty": .empty, "memory": .tell(.memory), "usage": .tell(.usage),
        "model": .tell(.model),
        "thinking-budget": .tell(.thinkingBudget), "auth-failed": .authenticationFailure,
        "cwd": .tell(.workingDirectory), "args": .tell(.arguments),
        "ignore-interrupts": .ignore(.interrupts), "ignore-control": .ignore(.control),
        "ignore-signals": .ignore(.signals), "error:prompt_too_long": .promptTooLong,
    ]

    private let word: String
    private let rest: String
    private let arguments: [String]

    private init(line: Substring) {
        let word = line.prefix { $0 != " " }
        self.word = String(word)
        self.rest = String(line.dropFirst(word.count + 1))
        self.arguments = self.rest.split(separator: " ").map(String.init)
    }

    /// The steps that `prompt` spells.
    static func directives(in prompt: String) -> [Directive] {
        prompt.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }).flatMap { line in
            var trimmed = line.drop { $0 == " " }
            while trimmed.last == " " || trimmed.last == "\r" { trimmed.removeLast() }
            return DirectiveParser(line: trimmed).directives() ?? []
        }
    }

    private func directives() -> [Directive]? {
        if let single = self.arguments.isEmpty ? Self.singleWords[self.word] : nil { return [single] }
        return self.wrapped() ?? self.textual() ?? self.tooling() ?? self.failing()
    }

    private func number(_ index: Int) -> Int? {
        index < self.arguments.count ? Int(self.arguments[index]) : nil
    }

    private func rate(_ index: Int) -> Double? {
        index < self.arguments.count ? Double(self.arguments[index]) : nil
    }

    /// Whether all arguments are numbers, and no more of them than that.
    private func isNumeric(_ range: ClosedRange<Int>) -> Bool {
        range.contains(self.arguments.count) && self.arguments.allSatisfy { (Double($0) ?? -1) >= 0 }
    }

    /// Directives that carry another one.
    private func wrapped() -> [Directive]? {
        switch self.word {
        case "ttft":
            guard let milliseconds = self.number(0) else { return nil }
            let inner = self.rest.drop { $0 != " " }.dropFirst()
            return [.pause(milliseconds: milliseconds)] + (DirectiveParser(line: inner).directives() ?? [])
        case "hdr":
            return DirectiveParser(line: self.rest.drop { $0 != " " }.dropFirst()).directives()
        default: return nil
        }
    }

    private func textual() -> [Directive]? {
        switch self.word {
        case "say" where !self.rest.isEmpty: [.say(self.rest)]
        case "echo" where self.isNumeric(0...2): [.echo(count: self.number(0) ?? 5, rate: self.rate(1) ?? 0)]
        case "forever" where self.isNumeric(0...1): [.echo(count: .max, rate: self.rate(0) ?? 20)]
        case "big" where self.isNumeric(1...2):
            [.text(bytes: self.number(0) ?? 0, chunk: max(1, self.number(1) ?? 4096), rate: 0)]
        case "text" where self.isNumeric(1...3):
            [.text(bytes: self.number(0) ?? 0, chunk: max(1, self.number(2) ?? 64), rate: self.rate(1) ?? 0)]
        case "think" where self.isNumeric(1...2):
            [.think(count: self.number(0) ?? 5, textCount: self.number(1) ?? 5)]
        case "giant" where self.isNumeric(1...1): [.giant(bytes: self.number(0) ?? 0)]
        case "invalid": [.invalid(self.rest.isEmpty ? "this is not JSON" : self.rest)]
        case "unknown" where self.arguments.count == 1: [.unknown(type: self.rest)]
        case "env" where self.arguments.count == 1: [.tell(.environment(self.rest))]
        case "stderr" where !self.rest.isEmpty: [.complain(self.rest)]
        case "wait" where self.isNumeric(1...1): [.pause(milliseconds: self.number(0) ?? 0)]
        case let word where word.hasPrefix("stop:"): [.stop(reason: String(word.dropFirst(5)))]
        default: nil
        }
    }

    private func tooling() -> [Directive]? {
        func request(_ name: some StringProtocol, _ text: some StringProtocol) -> Directive.ToolRequest? {
            let input = text.isEmpty ? .object([]) : JSONParser.parse(String(text))
            return input.map { Directive.ToolRequest(name: String(name), input: $0) }
        }
        switch self.word {
        case let word where word.hasPrefix("tool:") && word.count > 5:
            return request(word.dropFirst(5), self.rest).map { [.tools([$0], introduction: nil)] }
        case let word where word.hasPrefix("saytool:") && word.count > 8:
            let call = request(word.dropFirst(8), self.rest)
            return call.map { [.tools([$0], introduction: "I will use a tool.")] }
        case "tools:":
            guard case .array(let calls)? = JSONParser.parse(self.rest) else { return nil }
            let requests = calls.compactMap { call in
                call["name"]?.text.map { Directive.ToolRequest(name: $0, input: call["input"] ?? .object([])) }
            }
            return [.tools(requests, introduction: nil)]
        case "permission":
            let name = self.arguments.first ?? "Bash"
            let given = request(name, self.rest.dropFirst(name.count).drop { $0 == " " })
            guard var call = given else { return nil }
            if call.input == .object([]), name == "Bash" { call.input = ["command": "true"] }
            call.alwaysAsks = true
            return [.tools([call], introduction: nil)]
        case "ask": return [.tools([Self.question(self.rest)], introduction: nil)]
        case "subagent": return [.subagent(text: self.rest.isEmpty ? "the sub-agent says hello" : self.rest)]
        case "subagents" where self.isNumeric(1...1):
            let calls = (0..<max(1, self.number(0) ?? 2)).map { index in
                Directive.ToolRequest(
                    name: "Agent",
                    input: [
                        "description": "job \(index)", "subagent_type": "general-purpose",
                        "prompt": "permission Bash {\"command\":\"echo sub \(index)\"}",
                    ]
                )
            }
            return [.tools(calls, introduction: nil)]
        case "background" where self.isNumeric(1...1):
            let input: JSON = [
                "command": "sleep \(self.arguments[0]); echo finished", "run_in_background": true,
            ]
            return [.tools([Directive.ToolRequest(name: "Bash", input: input, neverAsks: true)], introduction: nil)]
        case "background-agent" where self.isNumeric(1...1): return [Self.backgroundAgent(seconds: self.rate(0) ?? 0)]
        case "tool-heartbeat" where self.isNumeric(2...2):
            return [Self.sleepingTool(seconds: self.arguments[0], heartbeat: max(1, self.number(1) ?? 1))]
        case "silent-tool" where self.isNumeric(1...1):
            return [Self.sleepingTool(seconds: self.arguments[0], heartbeat: 0)]
        case "plan" where self.arguments.isEmpty:
            return [.tools([Directive.ToolRequest(name: "ExitPlanMode", input: [:])], introduction: nil)]
        case "fork-shell" where self.isNumeric(1...1): return [.forkShell(seconds: self.number(0) ?? 60)]
        default: return nil
        }
    }

    private func failing() -> [Directive]? {
        switch self.word {
        case "hang" where self.isNumeric(0...0): return [.hang]
        case "rate-limit" where (1...2).contains(self.arguments.count):
            let statuses = ["allowed", "allowed_warning", "rejected"]
            guard statuses.contains(self.arguments[0]), self.arguments.count == 1 || self.number(1) != nil else {
                return nil
            }
            return [.rateLimit(status: self.arguments[0], seconds: self.number(1) ?? 3600)]
        case "cost" where self.isNumeric(1...1):
            return [.cost(nanodollars: Int(min((self.rate(0) ?? 0) * 1e9, 1e15).rounded()))]
        case "stall" where self.isNumeric(0...1): return [.stall(tokens: self.number(0) ?? 3)]
        case "error:stream", "error:drop": return [.brokenStream(tokens: self.number(0) ?? 3)]
        case let word where word.hasPrefix("error:"):
            guard let status = Int(word.dropFirst(6)) else { return nil }
            return [.refusal(status: status, times: self.number(0))]
        case "crash" where self.isNumeric(0...1): return [.crash(code: Int32(clamping: self.number(0) ?? 1))]
        case "crash:signal" where self.isNumeric(1...1):
            return [.crashBySignal(Int32(clamping: self.number(0) ?? 9))]
        default: return nil
        }
    }

    private static func sleepingTool(seconds: String, heartbeat: Int) -> Directive {
        let input: JSON = ["command": .string("sleep \(seconds); true")]
        let call = Directive.ToolRequest(name: "Bash", input: input, neverAsks: true, heartbeat: heartbeat)
        return .tools([call], introduction: nil)
    }

    private static func backgroundAgent(seconds: Double) -> Directive {
        let milliseconds = Int(min(seconds, 1e6) * 1000)
        let input: JSON = [
            "description": "background job",
            "prompt": .string("ttft \(milliseconds) say the background agent says hi"),
            "subagent_type": "general-purpose", "run_in_background": true,
        ]
        return .tools([Directive.ToolRequest(name: "Agent", input: input, neverAsks: true)], introduction: nil)
    }

    /// A question from its JSON: the whole input, its list of questions, or else just the words of a yes-or-no question.
    private static func question(_ text: String) -> Directive.ToolRequest {
        let parsed = text.hasPrefix("{") || text.hasPrefix("[") ? JSONParser.parse(text) : nil
        let options: JSON = [["label": "Yes", "description": "Do it"], ["label": "No", "description": "Do not"]]
        let plain: JSON = [
            [
                "question": .string(text.isEmpty ? "Shall I go on?" : text), "header": "Question",
                "multiSelect": false, "options": options,
            ]
        ]
        let input: JSON =
            switch parsed {
            case .array?: ["questions": parsed ?? plain]
            case .object?: parsed?["questions"] == nil ? ["questions": .array([parsed ?? .null])] : parsed ?? .null
            default: ["questions": plain]
            }
        return Directive.ToolRequest(name: "AskUserQuestion", input: input, alwaysAsks: true)
    }
}
