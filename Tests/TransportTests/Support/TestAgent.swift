import Agent
import NIOCore
import Synchronization

/// An agent without a process: answers `initialize`, and to a prompt what its test wants, or what the test prints.
final class TestAgent: AgentRunner {
    /// The lines printed in answer to a prompt; `nil` leaves the turn open for the test to go on with.
    typealias Reply = @Sendable (TestPrompt) -> [String]?

    private let reply: Reply
    /// What it answers to `initialize`.
    private let facts: String
    private let children = Mutex<[String: TestChild]>([:])

    init(facts: String = "{}", reply: @escaping Reply = { TestAgent.turn($0, pieces: ["Hello, ", "world."]) }) {
        self.facts = facts
        self.reply = reply
    }

    func run(_ launch: AgentLaunch, handler: any AgentHandler) async -> AgentExit {
        let child = TestChild(facts: self.facts, reply: self.reply)
        self.children.withLock { $0[launch.owner.sessionID] = child }
        return await withTaskCancellationHandler {
            await handler.agentStarted(child)
            for await lines in child.output {
                await handler.agentPrinted(lines.compactMap { AgentLine(ByteBuffer(string: $0)) })
            }
            return AgentExit(code: 0)
        } onCancel: {
            child.leave()
        }
    }

    /// Prints lines as the child of a session.
    func print(_ session: String, _ lines: [String]) {
        self.children.withLock { $0[session] }?.print(lines)
    }

    /// The whole of a turn that streams its text and then says it.
    static func turn(_ prompt: TestPrompt, pieces: [String], message: Int = 1) -> [String] {
        [Self.begin] + Self.message(pieces, number: message)
            + [Self.result(uuid: prompt.uuid, text: pieces.joined())]
    }

    static let begin =
        #"{"type":"system","subtype":"init","session_id":"c1","model":"test","permissionMode":"default"}"#

    /// One message: previews of its pieces, then the whole.
    static func message(_ pieces: [String], number: Int) -> [String] {
        [
            Self.preview(number, #"{"type":"message_start"}"#),
            Self.preview(number, #"{"type":"content_block_start","index":0,"content_block":{"type":"text"}}"#),
        ]
            + pieces.map {
                let delta = #"{"type":"text_delta","text":"\#($0)"}"#
                return Self.preview(number, #"{"type":"content_block_delta","index":0,"delta":\#(delta)}"#)
            }
            + [
                Self.preview(number, #"{"type":"content_block_stop","index":0}"#),
                Self.preview(number, #"{"type":"message_stop"}"#),
                Self.assistant(pieces.joined(), number: number),
            ]
    }

    static func preview(_ number: Int, _ event: String) -> String {
        #"{"type":"stream_event","api_message_id":"msg_\#(number)","parent_tool_use_id":null,"event":\#(event)}"#
    }

    static func assistant(_ text: String, number: Int) -> String {
        let content = #"[{"type":"text","text":"\#(text)"}]"#
        return
            #"{"type":"assistant","parent_tool_use_id":null,"message":{"id":"msg_\#(number)","content":\#(content)}}"#
    }

    static func result(uuid: String, text: String, reason: String = "completed", isError: Bool = false) -> String {
        #"{"type":"result","subtype":"success","is_error":\#(isError),"terminal_reason":"\#(reason)","#
            + #""result":"\#(text)","num_turns":1,"total_cost_usd":0.5,"session_id":"c1","user_message_uuids":["\#(uuid)"]}"#
    }
}

/// A prompt as the child reads it.
struct TestPrompt: Sendable {
    let uuid: String
    let text: String
}

/// The running end of a `TestAgent`.
final class TestChild: AgentChild {
    let pid: Int32 = 4242
    let output: AsyncStream<[String]>
    private let printer: AsyncStream<[String]>.Continuation
    private let facts: String
    private let reply: TestAgent.Reply
    private let openTurn = Mutex<String?>(nil)

    init(facts: String, reply: @escaping TestAgent.Reply) {
        self.facts = facts
        self.reply = reply
        // As much as the test prints; the session takes it at once.
        (self.output, self.printer) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    }

    func send(_ line: ByteBuffer) -> AgentSendOutcome {
        guard let object = JSONObject(line), let type = object.string("type") else { return .queued }
        switch type {
        case "control_request":
            let id = object.string("request_id") ?? ""
            let subtype = object.object("request")?.string("subtype")
            let payload = subtype == "initialize" ? self.facts : "{}"
            let response = #"{"subtype":"success","request_id":"\#(id)","response":\#(payload)}"#
            self.print([#"{"type":"control_response","response":\#(response)}"#])
            if subtype == "interrupt",
                let uuid = self.openTurn.withLock({ $0.take() })
            {
                self.print([TestAgent.result(uuid: uuid, text: "", reason: "aborted_streaming", isError: true)])
            }
        case "user":
            let content = object.object("message")?.string("content")
            let prompt = TestPrompt(uuid: object.string("uuid") ?? "", text: content ?? "")
            self.openTurn.withLock { $0 = prompt.uuid }
            if let lines = self.reply(prompt) { self.print(lines) }
        default:
            break
        }
        return .queued
    }

    func signal(_ signal: AgentSignal) {
        self.leave()
    }

    func beginTermination(_ steps: TerminationSteps) {
        self.leave()
    }

    func print(_ lines: [String]) {
        self.printer.yield(lines)
    }

    func leave() {
        self.printer.finish()
    }
}
