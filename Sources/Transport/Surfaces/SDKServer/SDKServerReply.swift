import Actors
import Agent

extension TurnReply {
    /// Whether the original's SDK would have returned: whatever the CLI says in its result, it has said one.
    ///
    /// A prompt that somebody took back is answered with nothing, as one that was interrupted before its first word.
    var isResult: Bool {
        switch self.outcome {
        case .completed, .interrupted, .failed, .budget: true
        case .killed, nil: false
        }
    }

    /// What the CLI said of errors of the API.
    var errors: [String] {
        self.blocks.compactMap { if case .error(let text) = $0 { text } else { nil } }
    }

    /// All that was said in one text, as this system answers; thoughts stand between as `[Thinking: …]` if they are to.
    func joined(showsThinking: Bool = false) -> String {
        let said = self.blocks.compactMap { block -> String? in
            switch block {
            case .text(let text), .error(let text): text
            case .thinking(let text, _): showsThinking ? "[Thinking: \(text)]\n" : nil
            case .tool: nil
            }
        }
        return said.isEmpty ? self.result?.result ?? "" : said.joined()
    }
}
