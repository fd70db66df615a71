/// What a tool call came to.
struct ToolResult {
    /// What the model reads.
    var text: String
    var isError: Bool
    /// What `tool_use_result` carries.
    var structured: JSON
    /// Why the call did not run, when it did not.
    var nonExecutionKind: String?
    /// Who let it run.
    var decision: JSON?

    init(text: String, isError: Bool, structured: JSON) {
        self.text = text
        self.isError = isError
        self.structured = structured
    }

    /// The `tool_result` block.
    func block(toolUseID: String) -> JSON {
        [
            "tool_use_id": .string(toolUseID), "type": "tool_result", "content": .string(self.text),
            "is_error": .bool(self.isError),
        ]
    }

    /// The structured output of a Bash call.
    static func bash(output: String, errors: String) -> JSON {
        [
            "stdout": .string(output), "stderr": .string(errors), "interrupted": false, "isImage": false,
            "noOutputExpected": false,
        ]
    }
}
