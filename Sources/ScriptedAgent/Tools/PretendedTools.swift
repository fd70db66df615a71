/// The results of tools that do nothing here.
enum PretendedTools {
    /// What the tool would say, had it been run.
    static func result(of request: Directive.ToolRequest) -> ToolResult {
        let path = request.input["file_path"]?.text ?? ""
        switch request.name {
        case "AskUserQuestion": return Self.answers(request.input)
        case "Write":
            let text =
                "File created successfully at: \(path) (file state is current in your context — no need to Read it back)"
            let structured: JSON = [
                "type": "create", "filePath": .string(path), "content": request.input["content"] ?? "",
                "structuredPatch": [], "originalFile": .null, "userModified": false,
            ]
            return ToolResult(text: text, isError: false, structured: structured)
        case "Edit", "MultiEdit", "NotebookEdit":
            let text = "The file \(path) has been updated successfully."
            let structured: JSON = [
                "filePath": .string(path), "oldString": request.input["old_string"] ?? "",
                "newString": request.input["new_string"] ?? "", "structuredPatch": [], "userModified": false,
            ]
            return ToolResult(text: text, isError: false, structured: structured)
        case "Read":
            let content = "pretended by the scripted agent\n"
            let file: JSON = [
                "filePath": .string(path), "content": .string(content), "numLines": 2, "startLine": 1, "totalLines": 2,
            ]
            return ToolResult(text: "1\t\(content)2\t", isError: false, structured: ["type": "text", "file": file])
        case "ExitPlanMode":
            let text = "User has approved exiting plan mode. You can now proceed."
            return ToolResult(text: text, isError: false, structured: ["plan": .null, "isAgent": false])
        default:
            let text = "\(request.name) pretended by the scripted agent"
            return ToolResult(text: text, isError: false, structured: .string(text))
        }
    }

    private static func answers(_ input: JSON) -> ToolResult {
        guard case .object(let answers)? = input["answers"], !answers.isEmpty else {
            return ToolResult(text: "The user did not answer the questions.", isError: false, structured: input)
        }
        let list = answers.map { "\"\($0.name)\"=\"\($0.value.text ?? "")\"" }.joined(separator: ", ")
        let text = "Your questions have been answered: \(list). You can now continue with these answers in mind."
        return ToolResult(text: text, isError: false, structured: input)
    }
}
