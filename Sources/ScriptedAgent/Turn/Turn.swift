/// One turn: from the prompt to its `result`.
///
/// The agent calls `advance` when a deadline has passed or something came in; nothing here waits.
final class Turn {
    /// What the turn is at.
    enum Activity {
        case next
        case paused(until: Duration)
        case streaming(BlockStream)
        case calling(ToolRound)
        /// Waits to repeat a request that the API refused.
        case retrying(Retry)
        /// Nothing comes any more until an interrupt.
        case stuck
        case finished
    }

    /// A message of the model that is being written.
    struct Message {
        var id: String
        var model: String
        var blockIndex = 0
        var inputTokens: Int
        var outputTokens = 0
        var startedAt: Duration
    }

    let session: AgentSession
    let startedAt: Duration
    /// Says why the turn is there when no prompt of the host is.
    let origin: JSON?
    /// The slash command that is the whole turn.
    let command: SlashCommand?
    var prompts: [Prompt]
    /// Uuids of the prompts that were taken up on the way.
    var foldedPrompts: [String] = []
    var steps: [Directive]
    var activity = Activity.next
    var message: Message?
    /// Whether `status requesting` was written for the request at hand.
    var isRequesting = false
    var requestCount = 0
    var usage = Usage()
    /// Messages of the turn beside the first: tool results and markers.
    var extraMessages = 0
    var lastText = ""
    var lastStopReason = "end_turn"
    var denials: [JSON] = []
    /// What the turn costs whatever it used, in billionths of a US dollar.
    var fixedCost: Int?
    var owesFirstReply = true
    /// Whether no `assistant` line has named the prompts yet.
    var owesBinding = true
    var firstTokenAt: Duration?
    /// The text of a stream that stopped in the middle.
    var stalledText: String?
    /// Takes what waits in the queue into this turn; set by the agent.
    var takeFolded: () -> [Prompt] = { [] }

    init(
        session: AgentSession,
        prompts: [Prompt],
        steps: [Directive],
        origin: JSON? = nil,
        command: SlashCommand? = nil,
        now: Duration
    ) {
        self.session = session
        self.prompts = prompts
        self.steps = steps
        self.origin = origin
        self.command = command
        self.startedAt = now
    }

    /// Whether the `result` is written.
    var isFinished: Bool {
        if case .finished = self.activity { true } else { false }
    }

    /// When `advance` has something to do again; nil when only an event can go on.
    var deadline: Duration? {
        switch self.activity {
        case .next: .zero
        case .paused(let until): until
        case .streaming(let stream): stream.nextDue ?? .zero
        case .calling(let round): round.deadline
        case .retrying(let retry): retry.until
        case .stuck, .finished: nil
        }
    }

    /// Writes the lines that begin a turn.
    func begin() {
        let uuids = self.prompts.map(\.uuid)
        if self.prompts.count > 1, self.session.options.replaysUserMessages {
            for prompt in self.prompts.dropLast() { self.emitReplay(prompt.uuid, prompt.content, isStamped: false) }
        }
        for uuid in uuids { self.session.emitLifecycle(uuid, "started") }
        self.session.move(to: .running)
        if let command = self.command {
            self.run(command)
            return
        }
        self.session.emitInit(prompts: uuids.compactMap { $0 })
        for prompt in self.prompts { self.session.take(prompt) }
        if let prompt = self.prompts.first, !prompt.asksModel {
            self.emitFirstReply()
            self.finish(.unasked)
        } else if let budget = self.session.exceededBudget {
            self.finish(.overBudget(budget))
        }
    }

    /// Does all that is due.
    func advance(now: Duration) {
        var isBusy = true
        while isBusy, !self.session.output.isCongested {
            switch self.activity {
            case .next: self.startNext(now: now)
            case .paused(let until):
                guard now >= until else { return }
                self.activity = .next
            case .streaming(let stream): isBusy = self.stream(stream, now: now)
            case .calling(let round): isBusy = self.call(round, now: now)
            case .retrying(let retry):
                guard now >= retry.until else { return }
                self.refuse(retry, now: now)
            case .stuck, .finished: return
            }
        }
    }

    private func startNext(now: Duration) {
        guard !self.steps.isEmpty else {
            self.finishSteps(now: now)
            return
        }
        let step = self.steps.removeFirst()
        if let source = Self.textSource(step, session: self.session) {
            guard self.beginMessage(now: now) else { return }
            self.beginBlock(source.0, rate: source.1, now: now)
            return
        }
        switch step {
        case .think(let count, let textCount):
            guard self.beginMessage(now: now) else { return }
            self.steps.insert(.echo(count: textCount, rate: 0), at: 0)
            self.beginBlock(.tokens(letter: "t", count: count), rate: 0, isThinking: true, now: now)
        case .tools(let requests, let introduction):
            if let introduction {
                self.steps.insert(.tools(requests, introduction: nil), at: 0)
                self.steps.insert(.say(introduction), at: 0)
            } else if self.beginMessage(now: now) {
                self.beginCalls(requests, now: now)
            }
        case .subagent(let text):
            let input: JSON = [
                "description": "scripted job", "prompt": .string("say \(text)"), "subagent_type": "general-purpose",
                "run_in_background": false,
            ]
            self.steps.insert(.tools([Directive.ToolRequest(name: "Agent", input: input)], introduction: nil), at: 0)
        case .refusal(let status, let times):
            self.beginRequest()
            self.refuse(Retry(status: status, times: times), now: now)
        case .promptTooLong:
            self.beginRequest()
            var refusal = Retry(status: 400, times: nil).refusal(model: self.session.model)
            refusal.reason = "prompt_too_long"
            refusal.name = "invalid_request"
            refusal.text = "Prompt is too long"
            self.finishRefused(refusal)
        case .brokenStream(let tokens):
            guard self.beginMessage(now: now) else { return }
            self.beginBlock(.tokens(letter: "w", count: tokens), rate: 0, ending: .breaks, now: now)
        case .stall(let tokens):
            guard self.beginMessage(now: now) else { return }
            self.beginBlock(.tokens(letter: "w", count: tokens), rate: 0, ending: .stall, now: now)
        case .hang:
            self.beginRequest()
            self.activity = .stuck
        case .pause(let milliseconds):
            self.beginRequest()
            self.activity = .paused(until: now + .milliseconds(milliseconds))
        case .stop(let reason):
            guard self.beginMessage(now: now) else { return }
            self.lastStopReason = reason
            self.beginBlock(.pieces(["cut"]), rate: 0, now: now)
        case .empty: _ = self.beginMessage(now: now)
        default: self.tell(step)
        }
    }

    private func finishSteps(now: Duration) {
        if self.message == nil, self.extraMessages > 0 || self.requestCount == 0 {
            self.steps.append(.say("done"))
            return
        }
        self.closeMessage(stopReason: self.lastStopReason, now: now)
        self.finish(.completed)
    }

    /// The text of a step that is only text, and its rate.
    private static func textSource(_ step: Directive, session: AgentSession) -> (TokenSource, Double)? {
        switch step {
        case .say(let text): (.cut(text), 0)
        case .echo(let count, let rate): (.tokens(letter: "w", count: count), rate)
        case .text(let bytes, let chunk, let rate): (.filler(bytes: bytes, chunk: chunk), rate)
        case .unicode: (.cut(Answers.unicode, size: 16), 0)
        case .tell(.plain(let prompt)): (.words(Answers.friendly(prompt, session: session)), 40)
        case .tell(let fact): (.cut(Answers.text(of: fact, session: session)), 0)
        case .forkShell(let seconds):
            (.cut(Shell.fork(seconds: seconds).map { "forked \($0)" } ?? "cannot fork"), 0)
        default: nil
        }
    }
}
