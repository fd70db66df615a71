import Actors
import Agent
import NIOCore

/// A response as its client sees it at some moment.
struct ResponseObject: Sendable {
    /// What was said in one block of text.
    struct Item: Equatable, Sendable {
        let id: String
        let text: String
        var isWhole = true

        /// An output message.
        ///
        /// - Parameter status: `in_progress` for one that has only begun.
        /// - Returns: its JSON.
        func node(status: String? = nil) -> DocumentNode {
            let content: DocumentNode = status == "in_progress" ? .array([]) : .array([self.part])
            return .of([
                "id": .string(self.id), "type": .string("message"),
                "status": .string(status ?? (self.isWhole ? "completed" : "incomplete")),
                "role": .string("assistant"), "content": content,
            ])
        }

        var part: DocumentNode {
            .of([
                "type": .string("output_text"), "annotations": .array([]), "logprobs": .array([]),
                "text": .string(self.text),
            ])
        }
    }

    enum Status: String, Sendable {
        case queued, completed, failed, cancelled, incomplete
        case inProgress = "in_progress"

        /// Whether it stays so.
        var isFinal: Bool { ![.queued, .inProgress].contains(self) }
    }

    let id: ResponseID
    let facts: ResponseFacts
    var status: Status
    var items: [Item] = []
    var usage: TurnResult.Usage?
    var problem: Problem?
    /// Why it is incomplete.
    var reason: String?

    init(_ id: ResponseID, _ facts: ResponseFacts, status: Status) {
        self.id = id
        self.facts = facts
        self.status = status
    }

    /// What came of a turn that has ended.
    ///
    /// - Parameters:
    ///   - reply: what came of it.
    ///   - items: what was shown of it; `nil` for what was said in all.
    mutating func end(_ reply: TurnReply, items: [Item]? = nil) {
        self.items = items ?? self.items(of: reply)
        self.usage = reply.usage
        switch OpenAIOutcome(reply, model: self.facts.model, wantsSchema: self.facts.isInSchema) {
        case .stop: self.status = .completed
        case .length:
            self.status = .incomplete
            self.reason = reply.stopReason == "max_tokens" ? "max_output_tokens" : "max_messages"
        case .filtered:
            self.status = .incomplete
            self.reason = "content_filter"
        case .interrupted: self.status = .cancelled
        case .failed(let problem):
            self.status = .failed
            self.problem = problem
        }
    }

    /// The blocks that a reply has so far.
    func items(of reply: TurnReply) -> [Item] {
        let texts =
            self.facts.isInSchema
            ? [reply.spoken(inSchema: true)].filter { !$0.isEmpty } : reply.spoken
        return texts.enumerated().map { Item(id: self.itemID($0), text: $1) }
    }

    func itemID(_ index: Int) -> String { "msg_\(self.id.key)_\(index)" }

    /// In the order of OpenAI's reference.
    var node: DocumentNode {
        var error = DocumentNode.null
        if let problem, let inner = OpenAIErrors.body(problem)["error"] {
            let code = inner["code"]?.text == "rate_limit_exceeded" ? "rate_limit_exceeded" : "server_error"
            error = .of(["code": .string(code), "message": inner["message"] ?? .null])
        }
        let format = self.facts.format.map { DocumentNode.number(String(buffer: $0)) }
        return .of([
            "id": .string(self.id.description), "object": .string("response"),
            "created_at": .number("\(self.facts.createdAt)"), "status": .string(self.status.rawValue),
            "background": .bool(self.facts.isBackground), "error": error,
            "incomplete_details": self.reason.map { .of(["reason": .string($0)]) } ?? .null,
            "instructions": self.facts.instructions.map { .string($0) } ?? .null,
            "max_output_tokens": .null, "model": .string(self.facts.model),
            "output": .array(self.items.map { $0.node() }), "parallel_tool_calls": .bool(true),
            "previous_response_id": self.facts.previous.map { .string($0) } ?? .null,
            "reasoning": .of(["effort": .null, "summary": .null]), "store": .bool(self.facts.isStored),
            "temperature": .number("1.0"),
            "text": .of(["format": format ?? .of(["type": .string("text")])]),
            "tool_choice": .string("auto"), "tools": .array([]), "top_p": .number("1.0"),
            "truncation": .string("disabled"), "usage": self.usage?.response ?? .null,
            "user": self.facts.user.map { .string($0) } ?? .null,
            "metadata": .object(
                self.facts.metadata.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) }
            ),
        ])
    }

    var bytes: ByteBuffer { self.node.json(isIndented: false) }
}
