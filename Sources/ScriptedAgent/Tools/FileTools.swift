import Glibc

/// Reads and writes files in earnest; used while file checkpoints are on.
enum FileTools {
    /// The tools that change a file, for which its content is kept first.
    static let changing: Set<String> = ["Write", "Edit"]

    /// Runs the call; nil when it is for another tool.
    static func run(_ request: Directive.ToolRequest) -> ToolResult? {
        let path = Environment.absolute(request.input["file_path"]?.text ?? "")
        let old = Files.read(path).map { String(decoding: $0, as: UTF8.self) }
        switch request.name {
        case "Write": return Self.write(request.input["content"]?.text ?? "", old: old, path: path)
        case "Edit":
            let wanted = request.input["old_string"]?.text ?? ""
            let replacement = request.input["new_string"]?.text ?? ""
            guard let old, let new = Self.replacing(wanted, in: old, by: replacement) else {
                let text = "<tool_use_error>String to replace not found in file.\nString: \(wanted)</tool_use_error>"
                return ToolResult(text: text, isError: true, structured: .string("Error: \(text)"))
            }
            return Self.write(new, old: old, path: path)
        case "Read":
            guard let old else {
                let text = "File does not exist."
                return ToolResult(text: text, isError: true, structured: .string("Error: \(text)"))
            }
            let lines = old.split(separator: "\n", omittingEmptySubsequences: false)
            let numbered = lines.enumerated().map { "\($0 + 1)\t\($1)" }.joined(separator: "\n")
            let file: JSON = [
                "filePath": .string(path), "content": .string(old), "numLines": JSON(lines.count), "startLine": 1,
                "totalLines": JSON(lines.count),
            ]
            return ToolResult(text: numbered, isError: false, structured: ["type": "text", "file": file])
        default: return nil
        }
    }

    private static func write(_ content: String, old: String?, path: String) -> ToolResult {
        Files.makeDirectories(Files.folder(of: path))
        guard Files.replace(path, with: Array(content.utf8), mode: 0o644) else {
            let text = "The file \(path) cannot be written."
            return ToolResult(text: text, isError: true, structured: .string("Error: \(text)"))
        }
        let state = "(file state is current in your context — no need to Read it back)"
        let text =
            old == nil
            ? "File created successfully at: \(path) \(state)"
            : "The file \(path) has been updated successfully. \(state)"
        let structured: JSON = [
            "type": old == nil ? "create" : "update", "filePath": .string(path), "content": .string(content),
            "structuredPatch": old.map { JSON.array([Self.patch(from: $0, to: content)]) } ?? [],
            "originalFile": JSON(old), "userModified": false,
        ]
        return ToolResult(text: text, isError: false, structured: structured)
    }

    /// One hunk that replaces every line.
    private static func patch(from old: String, to new: String) -> JSON {
        func marked(_ text: String, _ mark: String) -> [String] {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            return text.hasSuffix("\n")
                ? lines.dropLast().map { mark + $0 }
                : lines.map { mark + $0 } + ["\\ No newline at end of file"]
        }
        func count(_ text: String) -> JSON {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            return JSON(lines.count - (text.hasSuffix("\n") ? 1 : 0))
        }
        return [
            "oldStart": 1, "oldLines": count(old), "newStart": 1, "newLines": count(new),
            "lines": JSON(marked(old, "-") + marked(new, "+")),
        ]
    }

    /// The text with the first place of `wanted` replaced; nil when it is not there.
    private static func replacing(_ wanted: String, in text: String, by new: String) -> String? {
        let bytes = Array(text.utf8)
        let pattern = Array(wanted.utf8)
        guard !pattern.isEmpty, bytes.count >= pattern.count else { return nil }
        let places = 0...(bytes.count - pattern.count)
        guard let start = places.first(where: { bytes[$0..<$0 + pattern.count].elementsEqual(pattern) }) else {
            return nil
        }
        let changed = bytes[..<start] + Array(new.utf8) + bytes[(start + pattern.count)...]
        return String(decoding: changed, as: UTF8.self)
    }
}
