import Actors
import Foundation
import NIOCore
import Testing

@testable import App

/// The built-in templates, and those of a directory.
@Suite(.timeLimit(.minutes(15)))
struct TemplateTests {
    private static let builtIn = [
        "api-designer", "architect", "code-reviewer", "data-engineer", "debug", "devops", "docs", "frontend",
        "performance",
        "refactor", "security", "test-writer",
    ]

    /// Whether a line of the log says that, in text or in JSON.
    private static func tells(_ server: ServerProcess, _ key: String, _ value: String) -> Bool {
        let log = server.process.errors
        return log.contains("\(key)=\(value)") || log.contains(#""\#(key)":"\#(value)""#)
    }

    private static func names(_ server: ServerProcess) async throws -> [String] {
        try await server.request("GET", "/v1/templates").json["templates"].elements.compactMap(\.["name"].text)
    }

    @Test
    func `all that come with the program are good, say what they are for, and grant nothing`() throws {
        let reading = try TemplateDirectory(path: nil).read()
        #expect(reading.faults == [])
        #expect(reading.templates.map(\.name) == Self.builtIn)
        for template in reading.templates {
            #expect(!template.description.isEmpty && template.isBuiltIn)
            let options = try JSON(template.options.readableBytesView)
            #expect(options["append_system_prompt"].text?.isEmpty == false, "\(template.name)")
            #expect(options["permission_mode"] == .null && options["allowed_tools"] == .null, "\(template.name)")
        }
    }

    @Test
    func `a session of a template is what that says`() async throws {
        try await withServer { server in
            #expect(try await Self.names(server) == Self.builtIn)
            let session = try await server.createSession(["template": "code-reviewer"])
            let made = try await session.summary(in: "idle")
            #expect(made["id"].text == session.id)
            let none = try await server.request("POST", "/v1/sessions", ["template": "none"])
            #expect(none.status == 422)
        }
    }

    @Test
    func `files are taken up as they change, and a broken one leaves the old in force`() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.directory("templates")
        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"), options: .atomic)
        }
        try write("mine.yaml", "description: of mine\nmodel: haiku\ntags: [a, \"1\"]\nmax_turns: 3\n")
        try write("docs.yml", "model: [\n")
        try write(".hidden.yaml", "model: x\n")
        try write("notes.txt", "nothing\n")
        try await withServer(["--templates", path]) { server in
            // A broken one in place of a built-in one leaves that.
            #expect(try await Self.names(server) == (Self.builtIn + ["mine"]).sorted())
            #expect(server.process.errors.contains("docs.yml"))
            let made = try await server.request("POST", "/v1/sessions", ["template": "mine"]).json
            #expect(made["model"] == "haiku" && made["tags"] == ["a", "1"])

            try write("mine.yaml", "model: opus\n")
            try write("other.yaml", "append_system_prompt: |\n  Be brief.\n")
            try await waitUntil("new templates in force") { Self.tells(server, "templates.added", "other") }
            #expect(try await server.request("GET", "/v1/templates/mine").json["options"] == ["model": "opus"])

            try write("mine.yaml", "model: opus\nno_such_option: 1\n")
            try await waitUntil("complaint") { server.process.errors.contains("no_such_option") }
            #expect(try await server.request("GET", "/v1/templates/mine").json["options"] == ["model": "opus"])
            let answer = try await server.request("POST", "/v1/templates/reload").json
            #expect(answer["broken"].elements.map { $0["file"] } == ["docs.yml", "mine.yaml"])

            try FileManager.default.removeItem(atPath: "\(path)/mine.yaml")
            server.process.signal(SIGHUP)
            try await waitUntil("reload") { Self.tells(server, "templates.removed", "mine") }
            #expect(try await server.request("GET", "/v1/templates/mine").status == 404)
        }
    }

    @Test(arguments: [
        ("model: haiku\nbudget_usd: 1.5\nmax_turns: 3\ntags: [yes, \"no\", null]", "tags"),
        ("- a\n- b", "names with values"),
        ("a: &x [1]\nb: *y", "y"), ("? [a]\n: b", "not a text"), ("max_turns: 99999999999999999999", "too large"),
        ("budget_usd: .inf", "none"), ("description: [a]", "description"), ("message: hello", "message"),
        ("", "names with values"),
    ])
    func `what is wrong with a file is said in a sentence`(text: String, word: String) {
        do {
            _ = try TemplateFile.template(text, name: "a", isBuiltIn: false)
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains(word), "\(error)")
        }
    }

    @Test
    func `a template whose path is taken is refused, and the log says so`() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.directory("templates")
        try Data("model: haiku\n".utf8).write(to: URL(filePath: "\(path)/reload.yaml"))
        try await withServer(["--templates", path]) { server in
            #expect(try await Self.names(server) == Self.builtIn)
            #expect(server.process.errors.contains("a template cannot be called reload"))
            let answer = try await server.request("POST", "/v1/templates/reload").json
            #expect(answer["broken"].elements.map { $0["file"] } == ["reload.yaml"])
        }
    }

    @Test
    func `aliases that stand for more and more are stopped`() {
        let lines =
            ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
            + (1...8).map { n in
                "a\(n): &a\(n) [" + Array(repeating: "*a\(n - 1)", count: 9).joined(separator: ",") + "]"
            }
        #expect(throws: (any Error).self) { try YAMLObject(lines.joined(separator: "\n")) }
    }

    @Test
    func `YAML becomes the JSON it means`() throws {
        let members = try YAMLObject("a: 1\nb: \"1\"\nc: [true, null, 1.5, text]\nd:\n  e: |\n    two\n    lines\n")
            .members
        #expect(members.map(\.key) == ["a", "b", "c", "d"])
        #expect(
            members.map { String(buffer: $0.value) } == [
                "1", "\"1\"", "[true,null,1.5,\"text\"]", #"{"e":"two\nlines\n"}"#,
            ]
        )
    }
}
