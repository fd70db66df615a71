import Testing

/// The first steps of the README, with nothing but curl and a shell.
@Suite(.timeLimit(.minutes(15)))
struct CurlTests {
    private static let script = """
        set -euo pipefail
        curl="curl --silent --show-error --fail --max-time 30"
        api="$1/v1/sessions"

        # A session, and its stream in the background.
        $curl "$api" -d '{"id":"first"}' >created.json
        curl --silent --no-buffer "$api/first/events" >stream.txt &
        stream=$!

        # Two prompts, of which the second needs the first.
        $curl "$api/first/messages" -d '{"content":"my name is Ada","wait_ms":20000}' >one.json
        $curl "$api/first/messages" -d '{"content":"memory","wait_ms":20000}' >two.json

        # A third one that never ends, until it is interrupted.
        $curl "$api/first/messages" -d '{"content":"forever"}' >three.json
        until grep -q '"text":"w9 ' stream.txt; do read -r -t 0.05 <> <(:) || true; done
        $curl -X POST "$api/first/interrupt" >receipt.json

        # The end; the stream ends with it.
        $curl -X DELETE "$api/first"
        wait "$stream"
        $curl "$api/first" >after.json
        """

    @Test
    func `curl is all it takes`() async throws {
        try await withServer { server in
            let directory = server.directory
            let command = try await timed("the README's steps with curl") {
                try await Command.run(
                    Programs.bash,
                    ["-c", "cd \(directory.path)/work\n\(Self.script)", "README", "http://127.0.0.1:\(server.port)"],
                    within: .seconds(60)
                )
            }
            try #require(command.exit == .code(0), "\(command.errors)")
            func file(_ name: String) throws -> String {
                try #require(directory.text(of: "work/\(name)"))
            }
            func json(_ name: String) throws -> JSON { try JSON(try file(name).utf8) }
            #expect(try json("created.json")["events_url"] == "/v1/sessions/first/events")
            #expect(try json("one.json")["outcome"] == "completed")
            #expect(try json("two.json")["result"].text?.contains("my name is Ada") == true)
            #expect(try json("three.json")["message_id"].text != nil)
            #expect(try json("receipt.json")["outcome"] == "interrupted")
            #expect(try json("after.json")["state"] == "ended")

            let stream = try file("stream.txt").split(separator: "\n").filter { $0.hasPrefix("data: ") }
            let events = try stream.map { try JSON($0.dropFirst(6).utf8) }
            let outcomes = events.filter { $0["type"] == "turn.ended" }.map { $0["data"]["outcome"] }
            #expect(outcomes == ["completed", "completed", "interrupted"])
            #expect(events.contains { $0["type"] == "session.ended" })
            #expect(events.last?["type"] == "stream.bye")
        }
    }
}
