import Glibc

/// What one process knows apart from the turn that runs: settings, conversation, costs, and the way out to the host.
final class AgentSession {
    /// What `session_state_changed` says.
    enum State: String {
        case idle
        case running
        case requiresAction = "requires_action"
    }

    let options: Options
    let workingDirectory = Environment.workingDirectory
    var model: String
    var rules: PermissionRules
    var settings: FlagSettings
    var mcpServers: McpServers
    /// The agents that the command line and `initialize` define.
    var agents: [JSON.Member]
    /// What `set_max_thinking_tokens` said last; nil leaves it to the model.
    var thinkingBudget: Int?
    var conversation: Conversation
    var checkpoints: FileCheckpoints
    /// When the process began.
    let startedAt = Clock.now
    var output = OutputPipe(STDOUT_FILENO)
    var identifiers = Identifiers()
    /// Costs of the session, also of earlier processes.
    private(set) var totals: [String: Usage]
    private(set) var sinceLastResult: [String: Usage] = [:]
    private(set) var apiMilliseconds = 0
    var ignored: Set<Directive.Ignored> = []
    /// Uuids of the prompts that came, so that none runs twice.
    var seenPrompts: Set<String> = []
    /// Work that outlives the turn which started it.
    var backgroundTasks: [BackgroundTask] = []
    /// How often each refused text was refused, for `error:STATUS TIMES`.
    var refusals: [String: Int] = [:]
    /// Whether the host has closed its stream, so that nothing can be asked any more.
    var hostIsGone = false
    private(set) var state = State.idle
    private var resultCount = 0
    private(set) var lastResultWasError = false

    /// Whether a turn has ended.
    var hasResults: Bool { self.resultCount > 0 }

    private let emitsStates: Bool

    /// Asks for partial text to be joined for that long.
    let holdTime: Duration

    init(options: Options, conversation: Conversation) {
        self.options = options
        self.model = options.model
        self.rules = PermissionRules(options: options, workingDirectory: Environment.workingDirectory)
        self.settings = FlagSettings(options: options)
        self.mcpServers = McpServers(configurations: options.mcpConfigurations)
        self.agents = options.agents
        self.thinkingBudget = options.maximumThinkingTokens
        self.conversation = conversation
        self.checkpoints = FileCheckpoints(records: conversation.changes)
        self.totals = conversation.carriedUsage
        self.emitsStates = Environment.isOn("CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS")
        self.holdTime = .milliseconds(Int(Environment.number("CLAUDE_CODE_STREAM_EVENT_HOLD_MS") ?? 0))
    }

    var id: String { self.conversation.sessionID }

    /// Sum of all models, in US dollars.
    var totalCost: Double { self.totals.values.reduce(0) { $0 + $1.cost } }

    /// Tokens that a request with the conversation so far would have.
    var inputTokens: Int { 1200 + self.conversation.characters / 4 }

    /// Writes one line.
    func emit(_ line: JSON) {
        self.output.write(line)
    }

    /// Writes a `system` line.
    func emitSystem(_ subtype: String, _ members: KeyValuePairs<String, JSON> = [:]) {
        var line: JSON = ["type": "system", "subtype": .string(subtype)]
        for (name, value) in members { line[name] = value }
        line["session_id"] = .string(self.id)
        line["uuid"] = .string(self.identifiers.uuid())
        self.emit(line)
    }

    /// Writes where a prompt is in its life; nothing for a prompt without a uuid.
    func emitLifecycle(_ prompt: String?, _ state: String) {
        guard let prompt else { return }
        self.emit([
            "type": "command_lifecycle", "command_uuid": .string(prompt), "state": .string(state),
            "uuid": .string(self.identifiers.uuid()), "session_id": .string(self.id),
        ])
    }

    /// Writes `system/init` of a turn for the prompts with these uuids.
    func emitInit(prompts: [String]) {
        var line = JSONParser.parse(RecordedLines.initLine) ?? ["type": "system", "subtype": "init"]
        line["cwd"] = .string(self.workingDirectory)
        line["session_id"] = .string(self.id)
        line["model"] = .string(self.model)
        line["permissionMode"] = .string(self.rules.mode)
        line["original_cwd"] = .string(self.workingDirectory)
        line["memory_paths"] = ["auto": .string("\(Environment.configurationDirectory)/memory/")]
        line["mcp_servers"] = self.mcpServers.initLine
        let agents = (line["agents"]?.elements.compactMap(\.text) ?? []) + self.agents.map(\.name)
        line["agents"] = JSON(agents.sorted { $0.lowercased() < $1.lowercased() })
        line["additional_directories"] = JSON(self.rules.directories.map(\.path))
        line["uuid"] = .string(self.identifiers.uuid())
        if self.options.asksHost {
            let extra: [JSON] = ["AskUserQuestion", "EnterPlanMode", "ExitPlanMode"]
            line["tools"] = .array((line["tools"]?.elements ?? []) + extra)
        }
        if !prompts.isEmpty { line["user_message_uuids"] = JSON(prompts) }
        self.emit(line)
    }

    /// Moves to that state, and says so when the host asked for it.
    func move(to state: State) {
        guard state != self.state else { return }
        self.state = state
        if self.emitsStates { self.emitSystem("session_state_changed", ["state": .string(state.rawValue)]) }
    }

    /// Changes the permission mode, and says so.
    func setPermissionMode(_ mode: String) {
        self.rules.mode = mode
        self.emitSystem("status", ["status": .null, "permissionMode": .string(mode)])
    }

    /// Remembers a prompt that a turn has taken up.
    func take(_ prompt: Prompt) {
        let uuid = prompt.uuid ?? self.identifiers.uuid()
        self.conversation.add(prompt: prompt.text, uuid: uuid)
        if let change = self.checkpoints.begin(message: uuid) { self.conversation.record(change: change) }
    }

    /// Adds what a request used.
    func account(_ usage: Usage, model: String, milliseconds: Int) {
        self.totals[model, default: Usage()] += usage
        self.sinceLastResult[model, default: Usage()] += usage
        self.apiMilliseconds += milliseconds
    }

    /// Makes what was spent since the last result cost exactly that.
    func settle(nanodollars: Int, model: String) {
        let difference = nanodollars - (self.sinceLastResult[model]?.nanodollars ?? 0)
        self.totals[model, default: Usage()].surcharge(nanodollars: difference)
        self.sinceLastResult[model, default: Usage()].surcharge(nanodollars: difference)
    }

    /// Whether `--max-budget-usd` is used up; the budget if so.
    var exceededBudget: Double? {
        self.options.maximumBudget.flatMap { self.totalCost >= $0 ? $0 : nil }
    }

    /// Takes down what the session has cost, which a process that is killed does not come to.
    func recordCosts() {
        self.conversation.record(usage: self.totals)
    }

    /// Goes on as a new session.
    func clear() {
        self.conversation = Conversation(
            sessionID: self.identifiers.uuid(),
            workingDirectory: self.workingDirectory,
            isKept: self.options.keepsSession
        )
        self.checkpoints = FileCheckpoints()
        self.totals = [:]
        self.sinceLastResult = [:]
        self.apiMilliseconds = 0
    }

    /// The members that end every `result`; counts it.
    func closeResult(isError: Bool) -> [(String, JSON)] {
        defer {
            self.resultCount += 1
            self.sinceLastResult = [:]
            self.lastResultWasError = isError
        }
        return [
            ("queued_turn_count", 0), ("result_index", JSON(self.resultCount)),
            ("model_usage_since_last_result", Self.modelUsage(self.sinceLastResult)),
        ]
    }

    /// `modelUsage` of those models.
    static func modelUsage(_ usage: [String: Usage]) -> JSON {
        .object(usage.sorted { $0.key < $1.key }.map { JSON.Member(name: $0.key, value: $0.value.modelLine($0.key)) })
    }
}
