import Agent
package import NIOCore

/// What a person decided.
package struct ApprovalAnswer: Sendable, Equatable {
    package var decision: Approval.Decision
    /// A JSON object that runs in place of the tool's input.
    package var updatedInput: ByteBuffer?
    /// A JSON object: for each question's text a string, or an array of strings where several may be chosen.
    package var answers: ByteBuffer?
    /// What the agent is told with a refusal.
    package var message: String?
    /// Whether the CLI's suggestions hold for the rest of the session.
    package var isRemembered = false
    /// Who answers.
    package var by: String

    package init(_ decision: Approval.Decision, by: String) {
        self.decision = decision
        self.by = by
    }

    /// The input that runs: the person's, or for a question the asked one with its answers (PROTOCOL §11).
    ///
    /// - Throws: `SessionError` when the answers are not those of the questions.
    func input(for approval: Approval) throws(SessionError) -> ByteBuffer? {
        guard self.decision == .allow else { return nil }
        guard approval.kind == .question else {
            guard self.answers == nil else { throw Self.wrong("Only a question takes answers.") }
            return self.updatedInput
        }
        guard let answers = self.answers.flatMap({ JSONObject($0) }), !answers.members.isEmpty else {
            throw Self.wrong("A question wants `answers`, an object with each question's text as key.")
        }
        let asked = JSONObject(approval.input)
        let questions = asked?.nonNull("questions").flatMap { JSONObject.elements($0) } ?? []
        let texts = questions.compactMap { JSONObject($0)?.string("question") }
        var written = ByteBuffer()
        for (text, value) in answers.members {
            guard texts.contains(text) else { throw Self.wrong("One of the answers is to a question nobody asked.") }
            let choices = JSONText.string(value).map { [$0] } ?? JSONObject.elements(value)?.compactMap(JSONText.string)
            guard let choices, !choices.isEmpty else {
                throw Self.wrong("An answer is a string or an array of strings.")
            }
            written.writeString(written.readableBytes == 0 ? "" : ",")
            JSONText.append(text, to: &written)
            written.writeString(":")
            JSONText.append(choices.joined(separator: ", "), to: &written)
        }
        var input = ByteBuffer(string: "{")
        for (key, value) in asked?.members ?? [] where key != "answers" {
            JSONText.append(key, to: &input)
            input.writeString(":")
            input.writeImmutableBuffer(value)
            input.writeString(",")
        }
        input.writeString("\"answers\":{")
        input.writeImmutableBuffer(written)
        input.writeString("}}")
        return input
    }

    private static func wrong(_ detail: String) -> SessionError {
        SessionError(.invalidAnswer, detail)
    }
}
