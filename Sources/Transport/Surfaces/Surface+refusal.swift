import Hummingbird

extension Surface {
    /// A refusal in the words of the system that the client knows.
    ///
    /// - Parameters:
    ///   - problem: what is wrong.
    ///   - context: the request's; it has its id.
    /// - Returns: the answer.
    func refusal(_ problem: Problem, _ context: APIContext) -> Response {
        switch self {
        case .openAI: OpenAIErrors.response(problem, context)
        case .anthropic: AnthropicErrors.response(problem, context)
        case .sdkServer: SDKServerErrors.response(problem)
        case .codingAgents: CodingAgentsErrors.response(problem, context)
        case .codeAPI: CodeAPIErrors.response(problem, context)
        case .clinvoker: ClinvokerErrors.response(problem, context)
        case .shared: SharedErrors.response(problem, context)
        }
    }
}
