import NIOCore

/// A process of a pool as the session that leased it sees it: one that has just been started.
final class LeasedChild: AgentChild {
    private let child: any AgentChild
    private let process: WarmProcess

    init(child: any AgentChild, process: WarmProcess) {
        self.child = child
        self.process = process
    }

    var pid: Int32 { self.child.pid }

    var conversationID: String? { self.process.launch.conversation.id }

    func send(_ line: ByteBuffer) -> AgentSendOutcome { self.process.answerInitialize(line) ?? self.child.send(line) }

    func signal(_ signal: AgentSignal) { self.child.signal(signal) }

    func beginTermination(_ steps: TerminationSteps) {
        self.process.closeInput()
        self.child.beginTermination(steps)
    }
}
