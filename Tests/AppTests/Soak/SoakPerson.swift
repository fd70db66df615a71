import TestSupport

/// The person who answers what agents ask, except what says `never`.
struct SoakPerson {
    let client: SoakClient
    private var random: SeededGenerator

    init(client: SoakClient, seed: UInt64) {
        self.client = client
        self.random = SeededGenerator(seed: seed, stream: 2000)
    }

    mutating func answer() async throws {
        while !self.client.board.isOver {
            let pending = try await self.client.ask("GET", "/v1/approvals").json["approvals"].elements
            for approval in pending { try await self.answer(approval) }
            // Paces the load.
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private mutating func answer(_ approval: JSON) async throws {
        guard let id = approval["id"].text else { return }
        if approval["input"]["content"].text?.hasPrefix("never") == true { return }
        let isAllowed = self.random.number(0...3) > 0
        let decision = isAllowed ? "allow" : self.random.one(of: ["deny", "deny_and_stop"])
        var body: [String: JSON] = ["decision": .text(decision)]
        let question = approval["questions"][0]
        if isAllowed, let text = question["question"].text {
            body["answers"] = .object([text: .text(question["options"][0]["label"].text ?? "yes")])
        }
        let answer = try await self.client.ask("POST", "/v1/approvals/\(id)", .object(body))
        self.client.board.count("answer \(answer.status)")
        if answer.status == 200 { self.client.house.promised(.answered) }
        if answer.status == 422 { self.client.board.complain("422 to an answer: \(answer.json)") }
    }
}
