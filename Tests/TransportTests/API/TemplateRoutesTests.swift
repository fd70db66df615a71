import Actors
import Agent
import NIOCore
import Synchronization
import Testing

@testable import Transport

extension ServerTests {
    /// Templates over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct TemplateRoutesTests {
        /// Templates that a test changes.
        private final class Source: TemplateSource {
            let options: Mutex<[String: String]>
            let broken = Mutex<[String]>([])

            init(_ options: [String: String]) {
                self.options = Mutex(options)
            }

            func read() throws -> TemplateReading {
                var reading = TemplateReading()
                reading.templates = self.options.withLock(\.self).map { name, options in
                    Template(
                        name: name,
                        description: "of \(name)",
                        options: ByteBuffer(string: options),
                        isBuiltIn: false
                    )
                }
                reading.faults = self.broken.withLock(\.self).map {
                    TemplateReading.Fault(name: $0, file: "\($0).yaml", message: "line 3: no")
                }
                return reading
            }

            func stamp() -> String { "" }
        }

        private static func with(
            _ options: [String: String],
            _ body: (TestServer, Source) async throws -> Void
        ) async throws {
            let source = Source(options)
            try await TestServer.with(configure: { $0.templates = source }) { try await body($0, source) }
        }

        @Test func `a session takes its options from a template, and its own count more`() async throws {
            let options = ["plain": #"{"model":"haiku","permission_mode":"plan","tags":["a"],"budget_usd":2}"#]
            try await Self.with(options) { server, _ in
                let made = try await server.request(
                    "POST",
                    "/v1/sessions",
                    #"{"template":"plain","tags":["b"],"budget_usd":null}"#
                )
                #expect(made.status == 201)
                #expect(made.json?.string("model") == "haiku" && made.json?.string("permission_mode") == "plan")
                #expect(made.json?.strings("tags") == ["b"])
                #expect(made.json?.object("budget")?.double("limit_usd") == nil)
            }
        }

        @Test func `a template that does not exist, and options that will not do, are refused at their field`()
            async throws
        {
            try await Self.with(["bad": #"{"max_turns":0}"#]) { server, _ in
                for (body, pointer) in [
                    (#"{"template":"none"}"#, "/template"), (#"{"template":5}"#, "/template"),
                    (#"{"template":"bad"}"#, "/max_turns"),
                ] {
                    let refused = try await server.request("POST", "/v1/sessions", body)
                    #expect(refused.status == 422)
                    let pointers = refused.json?.array("errors")?.compactMap { JSONObject($0)?.string("pointer") }
                    #expect(pointers == [pointer], "\(refused.body)")
                }
                #expect(try await server.request("POST", "/v1/sessions", #"{"template":null}"#).status == 201)
                #expect(
                    try await server.request("POST", "/v1/sessions", #"{"template":"bad","max_turns":3}"#).status == 201
                )
            }
        }

        @Test func `templates are shown, one and all`() async throws {
            try await Self.with(["b": #"{"model":"x"}"#, "a": "{}"]) { server, _ in
                let all = try await server.request("GET", "/v1/templates")
                let names = all.json?.array("templates")?.compactMap { JSONObject($0)?.string("name") }
                #expect(names == ["a", "b"])
                let one = try await server.request("GET", "/v1/templates/b")
                #expect(
                    one.json?.string("description") == "of b" && one.json?.object("options")?.string("model") == "x"
                )
                let none = try await server.request("GET", "/v1/templates/none")
                #expect(none.status == 404 && none.code == "template_not_found")
            }
        }

        @Test func `a reload says what it changed and what is broken, and leaves that in force`() async throws {
            try await Self.with(["a": #"{"model":"x"}"#, "b": "{}", "c": "{}"]) { server, source in
                source.options.withLock { $0 = ["b": #"{"model":"y"}"#, "d": "{}"] }
                source.broken.withLock { $0 = ["a"] }
                let answer = try await server.request("POST", "/v1/templates/reload")
                #expect(answer.status == 200)
                #expect(answer.json?.strings("names") == ["a", "b", "d"] && answer.json?.int("count") == 3)
                #expect(answer.json?.strings("added") == ["d"] && answer.json?.strings("changed") == ["b"])
                #expect(answer.json?.strings("removed") == ["c"])
                let broken = answer.json?.array("broken")?.first.flatMap { JSONObject($0) }
                #expect(broken?.string("file") == "a.yaml" && broken?.string("message") == "line 3: no")
                let made = try await server.request("POST", "/v1/sessions", #"{"template":"a"}"#)
                #expect(made.json?.string("model") == "x")
            }
        }

        @Test(arguments: [
            (#"{"model":"opus","effort":"high"}"#, 0), ("{}", 0), (#"{"id":"x"}"#, 1), (#"{"message":"hi"}"#, 1),
            (#"{"resume":"00000000-0000-0000-0000-000000000000"}"#, 1), (#"{"max_turns":"many","effort":"huge"}"#, 2),
            (#"{"modell":"x"}"#, 1),
        ])
        func `options are checked when they are read`(options: String, flaws: Int) {
            #expect(TemplateOptions.flaws(in: ByteBuffer(string: options)).count == flaws)
        }
    }
}
