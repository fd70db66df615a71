import Actors
import Agent
import ArgumentParser
import NIOCore
import Transport

/// `troupe approve`: what waits for a person, and answering it.
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Answer what an agent asks; without an id, list what waits."
    )

    @OptionGroup var server: ServerOptions

    @Argument(help: "The approval.")
    var approval: String?

    @Flag(help: "Refuse it.")
    var deny = false

    @Flag(help: "Refuse it and stop the turn.")
    var stop = false

    @Flag(help: "Allow what the agent suggests for the rest of the session.")
    var remember = false

    @Option(help: "What the agent is told.")
    var message: String?

    @Option(help: "For a question: an answer as QUESTION=ANSWER, or an answer alone where there is one question.")
    var answer: [String] = []

    private struct Answer: Encodable {
        let decision: String
        let message: String?
        let remember: String?
        let answers: Answers?
    }

    /// Names of questions are not to be made `snake_case`, as keys of a dictionary are not.
    private typealias Answers = [String: String]

    func run() async throws {
        let screen = Screen(notesAreAnswers: false)
        try await self.server.withClient { client in
            guard let approval else { return try await self.list(client, screen) }
            let path = ServerClient.path("approvals", approval)
            let decision = self.stop ? "deny_and_stop" : self.deny ? "deny" : "allow"
            let answers = self.answer.isEmpty ? nil : try self.answers(await client.object("GET", path))
            let body = EventData.encode(
                Answer(
                    decision: decision,
                    message: self.message,
                    remember: self.remember ? "session" : nil,
                    answers: answers
                )
            )
            let answered = try await client.object("POST", path, body)
            screen.line(
                self.server.json ? String(buffer: answered.bytes) : "\(Self.line(of: answered)): \(decision)"
            )
        }
    }

    private func list(_ client: ServerClient, _ screen: Screen) async throws {
        let list = try await client.object("GET", "/v1/approvals?limit=1000")
        let approvals = (list.array("approvals") ?? []).compactMap { JSONObject($0) }
        for approval in approvals {
            screen.line(self.server.json ? String(buffer: approval.bytes) : Self.line(of: approval))
        }
        if approvals.isEmpty, !self.server.json { screen.line("nothing waits for a person") }
    }

    private func answers(_ approval: JSONObject) throws -> Answers {
        let questions = (approval.array("questions") ?? []).compactMap { JSONObject($0)?.string("question") }
        var answers: Answers = [:]
        for text in self.answer {
            if let question = questions.first(where: { text.hasPrefix("\($0)=") }) {
                answers[question] = String(text.dropFirst(question.count + 1))
            } else if let question = questions.first, questions.count == 1 {
                answers[question] = text
            } else {
                throw Failure("--answer names none of the questions: \(Screen.brief(questions.joined(separator: " ")))")
            }
        }
        return answers
    }

    private static func line(of approval: JSONObject) -> String {
        let input = approval.raw("input").map { Screen.brief(String(buffer: $0)) } ?? ""
        let parts = [approval.string("id"), approval.string("session"), approval.string("tool"), input]
        return parts.compactMap { $0 }.joined(separator: "  ")
    }
}
