/// How full the context is, as `get_context_usage` tells it.
///
/// All but the messages is as it was recorded; `summary` and `full` have the same shape.
struct ContextUsage {
    private struct Category {
        var id: String
        var name: String
        var tokens: Int
        var color: String
        var kind: String
    }

    private static let squares = 200
    private static let squaresInRow = 20
    private static let buffer = 33_000

    private let model: String
    private let messageTokens: Int
    private let requestTokens: Int
    private let maximum: Int

    /// The context of a session whose messages and requests have so many tokens.
    init(model: String, messageTokens: Int, requestTokens: Int) {
        self.model = model
        self.messageTokens = messageTokens
        self.requestTokens = requestTokens
        self.maximum = Options.contextWindow(of: model)
    }

    /// The answer.
    var answer: JSON {
        let total = self.used.reduce(0) { $0 + $1.tokens }
        return [
            "categories": .array(self.categories.map(Self.line)), "totalTokens": JSON(total),
            "maxTokens": JSON(self.maximum), "rawMaxTokens": JSON(self.maximum),
            "autocompactSource": "model-default", "percentage": JSON(Self.percentage(total, of: self.maximum)),
            "gridRows": .array(self.grid), "model": .string(self.model), "memoryFiles": [], "mcpTools": [],
            "mcpInstructions": [], "agents": [],
            "slashCommands": ["totalCommands": 13, "includedCommands": 13, "tokens": 473],
            "skills": ["totalSkills": 13, "includedSkills": 13, "tokens": 2067, "skillFrontmatter": []],
            "autoCompactThreshold": JSON(self.maximum - Self.buffer), "isAutoCompactEnabled": true,
            "messageBreakdown": [
                "toolCallTokens": 0, "toolResultTokens": 0, "attachmentTokens": 0, "assistantMessageTokens": 0,
                "userMessageTokens": JSON(self.messageTokens), "redirectedContextTokens": 0, "unattributedTokens": 0,
                "toolCallsByType": [], "attachmentsByType": [],
            ],
            "apiUsage": [
                "input_tokens": JSON(self.requestTokens), "output_tokens": 1, "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
            ],
        ]
    }

    private var used: [Category] {
        [
            Category(id: "system_prompt", name: "System prompt", tokens: 1973, color: "promptBorder", kind: "used"),
            Category(id: "system_tools", name: "System tools", tokens: 5706, color: "inactive", kind: "used"),
            Category(id: "skills", name: "Skills", tokens: 2067, color: "warning", kind: "used"),
            Category(
                id: "messages",
                name: "Messages",
                tokens: self.messageTokens,
                color: "purple_FOR_SUBAGENTS_ONLY",
                kind: "used"
            ),
        ].filter { $0.tokens > 0 }
    }

    private var categories: [Category] {
        let used = self.used
        let rest = self.maximum - Self.buffer - used.reduce(0) { $0 + $1.tokens }
        return used + [
            Category(
                id: "autocompact_buffer",
                name: "Autocompact buffer",
                tokens: Self.buffer,
                color: "inactive",
                kind: "buffer"
            ),
            Category(id: "free_space", name: "Free space", tokens: max(0, rest), color: "promptBorder", kind: "free"),
        ]
    }

    /// The squares of the picture, twenty in a row.
    private var grid: [JSON] {
        let square = self.maximum / Self.squares
        var cells: [JSON] = []
        for category in self.used {
            let count = max(1, (category.tokens + square / 2) / square)
            for index in 0..<count {
                let fullness = Double(category.tokens - index * square) / Double(square)
                cells.append(self.cell(category, fullness: min(1, max(0, fullness))))
            }
        }
        let free = self.categories.last.map { self.cell($0, fullness: 1) } ?? .null
        cells = Array(cells.prefix(Self.squares))
        cells += Array(repeating: free, count: Self.squares - cells.count)
        return stride(from: 0, to: Self.squares, by: Self.squaresInRow).map { start in
            .array(Array(cells[start..<start + Self.squaresInRow]))
        }
    }

    private func cell(_ category: Category, fullness: Double) -> JSON {
        [
            "color": .string(category.color), "isFilled": true, "categoryName": .string(category.name),
            "tokens": JSON(category.tokens), "percentage": JSON(Self.percentage(category.tokens, of: self.maximum)),
            "squareFullness": JSON(fullness),
        ]
    }

    private static func percentage(_ tokens: Int, of maximum: Int) -> Int {
        (tokens * 100 + maximum / 2) / maximum
    }

    private static func line(_ category: Category) -> JSON {
        [
            "id": .string(category.id), "name": .string(category.name), "tokens": JSON(category.tokens),
            "color": .string(category.color), "kind": .string(category.kind),
        ]
    }
}
