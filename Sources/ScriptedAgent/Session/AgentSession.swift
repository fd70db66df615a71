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
    var conversation: Conversation
    var output = OutputPipe(STDOUT_FILENO)
    var identifiers = Identifiers()
    /// Costs of the session, also of earlier processes.
    private(set) var totals: [String: Usage]
    private(set) var sinceLastResult: [String: Usage] = [:]
    private(set) var apiMilliseconds = 0
    var ignored: Set<Directive.Ignored> = []
    /// Uuids of the prompts that came, so that none runs twice.
    var seenPrompts: Set<String> = []
    /// Shells that outlive the turn which started them.
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
        self.conversation = conversation
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

    /// Adds what a request used.
    func account(_ usage: Usage, model: String, milliseconds: Int) {
        self.totals[model, default: Usage()] += usage
        self.sinceLastResult[model, default: Usage()] += usage
        self.apiMilliseconds += milliseconds
    }

    /// The members that end every `result`; counts it.
    func closeResult(isError: Bool) -> [(String, JSON)] {
        defer {
            self.resultCount += 1
            self.sinceLastResult = [:]
            self.lastResultWasError = isError
            self.conversation.record(usage: self.totals)
        }
        return [
            ("queued_turn_count", 0), ("result_index", JSON(self.resultCount)),
            ("model_usage_since_last_result", Self.modelUsage(self.sinceLastResult)),
        ]
    }

    /// Takes on a shell that outlives its turn, and says so.
    func begin(_ task: BackgroundTask) {
        self.backgroundTasks.append(task)
        self.emitBackgroundTasks()
        self.emitSystem(
            "task_started",
            [
                "task_id": .string(task.id), "run_id": .string(task.runID), "tool_use_id": .string(task.toolUseID),
                "description": .string(task.command), "is_backgrounded": true, "task_type": "local_bash",
            ]
        )
    }

    /// Lets go of a background shell, and says how it ended.
    func end(_ task: BackgroundTask, isStopped: Bool) {
        self.backgroundTasks.removeAll { $0.id == task.id }
        let end: JSON = ["status": isStopped ? "killed" : "completed", "end_time": JSON(Clock.wallMilliseconds)]
        self.emitSystem(
            "task_updated",
            ["task_id": .string(task.id), "run_id": .string(task.runID), "patch": end]
        )
        let ending = "Background command \"\(task.command)\" completed (exit code \(task.shell.exitCode ?? 0))"
        self.emitSystem(
            "task_notification",
            [
                "task_id": .string(task.id), "run_id": .string(task.runID), "tool_use_id": .string(task.toolUseID),
                "status": isStopped ? "stopped" : "completed", "output_file": "",
                "summary": .string(isStopped ? task.command : ending),
            ]
        )
        self.emitBackgroundTasks()
    }

    private func emitBackgroundTasks() {
        self.emitSystem("background_tasks_changed", ["tasks": .array(self.backgroundTasks.map(\.line))])
    }

    /// `modelUsage` of those models.
    static func modelUsage(_ usage: [String: Usage]) -> JSON {
        .object(usage.sorted { $0.key < $1.key }.map { JSON.Member(name: $0.key, value: $0.value.modelLine($0.key)) })
    }
}
