import NIOCore
import Synchronization
import SystemPackage

/// One process of a pool, and the seam between its two callers: the runner that reads it, and from its lease on the task
/// that a session runs it in.
///
/// Before the lease it keeps what the process prints. From then on each batch is handed over, and the runner does not read
/// on until the session has dealt with it.
final class WarmProcess: AgentHandler {
    /// What it turned out to be.
    enum Verdict: Sendable, Equatable {
        /// It has answered and waits.
        case ready
        case useless(String)
    }

    private enum Delivery {
        case lines([AgentLine])
        case exit(AgentExit)
    }

    private struct State {
        var child: (any AgentChild)?
        /// The payload of the answer to `initialize`.
        var answer: ByteBuffer?
        var isEnding = false
        var isSpoiled = false
        var isLeased = false
        /// The session has sent its `initialize`.
        var isInitialized = false
        var isInputClosed = false
        /// What the session has not been told yet; after the lease at most one batch of the runner, and one answer.
        var queue: [AgentLine] = []
        var queueBytes = 0
        var exit: AgentExit?
        /// The runner, whose batch is not dealt with.
        var reader: CheckedContinuation<Void, Never>?
        /// The session's task, which waits for something to be told.
        var lessee: CheckedContinuation<Delivery, Never>?

        typealias Handover = (lessee: CheckedContinuation<Delivery, Never>, delivery: Delivery)

        mutating func takeDelivery() -> Delivery? {
            if !self.queue.isEmpty {
                defer { self.queue = [] }
                return .lines(self.queue)
            }
            return self.exit.map { .exit($0) }
        }

        /// Something came: hands it to the session's task if that waits.
        mutating func takeHandover() -> Handover? {
            guard let lessee = self.lessee, let delivery = self.takeDelivery() else { return nil }
            self.lessee = nil
            return (lessee, delivery)
        }
    }

    /// What may be printed before the lease; one that says more is of no use.
    ///
    /// The CLI says nothing as a rule.
    static let maximumEarlyLines = 256
    static let maximumEarlyBytes = 1 << 20

    private static let requestID = "troupe_warm"
    private static let initializeLine = ControlProtocol.initialize(requestID: WarmProcess.requestID)

    let launch: AgentLaunch
    /// What it found when it started.
    let stamp: WorkspaceStamp
    private let termination: TerminationSteps
    private let report: @Sendable (Verdict) -> Void
    private let state = Mutex(State())

    /// A process that is to be run with this as its handler; `report` is told once or more what it is good for.
    init(
        launch: AgentLaunch,
        stamp: WorkspaceStamp,
        termination: TerminationSteps,
        report: @escaping @Sendable (Verdict) -> Void
    ) {
        self.launch = launch
        self.stamp = stamp
        self.termination = termination
        self.report = report
    }

    /// Nil until it runs.
    var pid: Int32? { self.state.withLock { $0.child?.pid } }

    /// Whether the runner waits for the session.
    var isHeldUp: Bool { self.state.withLock { $0.reader != nil } }

    // MARK: What the runner says

    func agentStarted(_ child: any AgentChild) {
        let isEnding = self.state.withLock { state in
            state.child = child
            return state.isEnding
        }
        if isEnding {
            child.beginTermination(self.termination)
        } else if child.send(Self.initializeLine) != .queued {
            self.report(.useless("it does not read"))
        }
    }

    func agentPrinted(_ lines: [AgentLine]) async {
        if lines.isEmpty || self.keep(lines) { return }
        await withCheckedContinuation { reader in
            let handover = self.state.withLock { state in
                state.queue += lines
                state.reader = reader
                return state.takeHandover()
            }
            if let handover { handover.lessee.resume(returning: handover.delivery) }
        }
    }

    /// It is gone, and so is everything it left behind.
    func finish(_ exit: AgentExit) {
        let handover = self.state.withLock { state in
            state.exit = exit
            return state.takeHandover()
        }
        if let handover { handover.lessee.resume(returning: handover.delivery) }
    }

    /// Takes lines that nobody can be told yet; false if somebody can.
    private func keep(_ lines: [AgentLine]) -> Bool {
        guard !self.state.withLock(\.isLeased) else { return false }
        var kept: [AgentLine] = []
        var outcome: ControlResponse.Outcome?
        for line in lines where line.kind != .keepAlive {
            if let response = Self.ownAnswer(line) { outcome = response } else { kept.append(line) }
        }
        let (isKept, verdict): (Bool, Verdict?) = self.state.withLock { state in
            guard !state.isLeased else { return (false, nil) }
            state.queue += kept
            state.queueBytes += kept.reduce(0) { $0 + $1.bytes.readableBytes }
            if state.queue.count > Self.maximumEarlyLines || state.queueBytes > Self.maximumEarlyBytes {
                state.isSpoiled = true
                state.queue = []
                return (true, .useless("it talks without being asked"))
            }
            switch outcome {
            case .success(let payload):
                state.answer = payload ?? ByteBuffer(string: "{}")
                return (true, .ready)
            case .failure(let message, _):
                return (true, .useless("it refused to initialize: \(message)"))
            case .none:
                return (true, nil)
            }
        }
        if let verdict { self.report(verdict) }
        return isKept
    }

    private static func ownAnswer(_ line: AgentLine) -> ControlResponse.Outcome? {
        guard line.kind == .controlResponse, let response = try? ControlResponse(line.bytes),
            response.requestID == self.requestID
        else { return nil }
        return response.outcome
    }

    // MARK: What the pool does

    /// Ends it, as soon as there is something to end.
    func beginTermination() {
        let child = self.state.withLock { state in
            state.isEnding = true
            return state.child
        }
        child?.beginTermination(self.termination)
    }

    /// Gives it to a session, which has to call `serve`; nil if it is not ready, or taken.
    func lease() -> LeasedChild? {
        self.state.withLock { state in
            guard let child = state.child, state.answer != nil, state.exit == nil else { return nil }
            guard !state.isLeased, !state.isSpoiled, !state.isEnding else { return nil }
            state.isLeased = true
            return LeasedChild(child: child, process: self)
        }
    }

    // MARK: What the session does

    /// Tells a session's handler everything, from the calling task, until the process is gone.
    ///
    /// Long lines are moved to `directory`, since the process's own goes when it ends. Cancelling does nothing here.
    func serve(_ child: LeasedChild, to handler: any AgentHandler, spillsTo directory: FilePath?) async -> AgentExit {
        await handler.agentStarted(child)
        while true {
            switch await self.next() {
            case .lines(let lines):
                await handler.agentPrinted(lines.map { $0.withFile(in: directory) })
            case .exit(let exit):
                return exit
            }
        }
    }

    /// Answers the session's `initialize` from the recorded answer.
    ///
    /// Nil if the line is for the process itself: it is something else, or not the first, or asks for more than the pool
    /// did.
    func answerInitialize(_ line: ByteBuffer) -> AgentSendOutcome? {
        guard !self.state.withLock(\.isInitialized), let object = JSONObject(line),
            object.string("type") == "control_request", let request = object.object("request"),
            request.string("subtype") == "initialize", let requestID = object.string("request_id")
        else { return nil }
        let isSame = request.bytes == JSONObject(Self.initializeLine)?.raw("request")
        let payload = self.state.withLock { state in
            state.isInitialized = true
            return state.answer.take()
        }
        guard isSame, let payload,
            let answer = AgentLine(ControlProtocol.answer(requestID: requestID, response: payload))
        else { return nil }
        return self.tell(answer)
    }

    /// No more is sent to it, and no more answered for it.
    func closeInput() { self.state.withLock { $0.isInputClosed = true } }

    /// Puts in a line that the process did not print.
    private func tell(_ line: AgentLine) -> AgentSendOutcome {
        let (outcome, handover): (AgentSendOutcome, State.Handover?) = self.state.withLock { state in
            guard !state.isInputClosed, state.exit == nil else { return (.closed, nil) }
            state.queue.append(line)
            return (.queued, state.takeHandover())
        }
        if let handover { handover.lessee.resume(returning: handover.delivery) }
        return outcome
    }

    /// Waits for the next thing to tell; that it is called says that the last was dealt with.
    private func next() async -> Delivery {
        let reader = self.state.withLock { state in
            // What is in the queue may be the reader's.
            state.queue.isEmpty ? state.reader.take() : nil
        }
        reader?.resume()
        return await withCheckedContinuation { lessee in
            let delivery = self.state.withLock { state in
                let delivery = state.takeDelivery()
                if delivery == nil { state.lessee = lessee }
                return delivery
            }
            if let delivery { lessee.resume(returning: delivery) }
        }
    }
}
