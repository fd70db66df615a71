import Testing

/// The agent's questions, as a client answers them.
extension SessionClient {
    /// Answers an approval.
    func answer(_ id: String, _ fields: JSON) async throws -> HTTPResponse {
        try await self.server.request("POST", "/v1/approvals/\(id)", fields)
    }

    /// Answers the next question of a stream, which must succeed; gives the approval.
    @discardableResult
    func answerNext(on stream: EventStream, _ fields: JSON) async throws -> JSON {
        let asked = try await stream.next("approval.requested")
        let response = try await self.answer(try #require(asked.data["id"].text), fields)
        try #require(response.status == 200, "\(response.text)")
        return try response.json
    }
}
