import Actors
import NIOCore

/// The answer of `chat/completions` in one piece, and what all its chunks have in common.
struct ChatCompletion: Sendable {
    let id: String
    /// Seconds since 1970.
    let created: Int
    /// As the client names it.
    let model: String

    /// - Parameter model: as the client names it.
    init(model: String) {
        self.id = "chatcmpl-\(Identifier.message().dropFirst(2))"
        self.created = Timestamp.millisecondsSince1970() / 1000
        self.model = model
    }

    /// One of the answers.
    struct Choice: Sendable {
        let text: String
        let finishReason: String
        let usage: TurnResult.Usage
    }

    /// The whole answer.
    func body(_ choices: [Choice]) -> DocumentNode {
        var body = self.head("chat.completion")
        body["choices"] = .array(
            choices.enumerated().map { index, choice in
                .of([
                    "index": .number("\(index)"),
                    "message": .of([
                        "role": .string("assistant"), "content": .string(choice.text), "refusal": .null,
                        "annotations": .array([]),
                    ]),
                    "logprobs": .null,
                    "finish_reason": .string(choice.finishReason),
                ])
            }
        )
        body["usage"] = TurnResult.Usage.sum(choices.map(\.usage)).chat
        return body
    }

    /// One chunk of a stream.
    ///
    /// - Parameters:
    ///   - delta: what is new.
    ///   - finishReason: of the last one.
    ///   - usage: `null` where it comes later; `nil` where it was not asked for.
    /// - Returns: its JSON.
    func chunk(_ delta: DocumentNode, finishReason: String? = nil, usage: DocumentNode?) -> DocumentNode {
        var chunk = self.head("chat.completion.chunk")
        chunk["choices"] = .array([
            .of([
                "index": .number("0"), "delta": delta, "logprobs": .null,
                "finish_reason": finishReason.map { .string($0) } ?? .null,
            ])
        ])
        if let usage { chunk["usage"] = usage }
        return chunk
    }

    /// The chunk that has only the usage.
    func usageChunk(_ usage: TurnResult.Usage) -> DocumentNode {
        var chunk = self.head("chat.completion.chunk")
        chunk["choices"] = .array([])
        chunk["usage"] = usage.chat
        return chunk
    }

    private func head(_ object: String) -> DocumentNode {
        .of([
            "id": .string(self.id), "object": .string(object), "created": .number("\(self.created)"),
            "model": .string(self.model),
        ])
    }
}
