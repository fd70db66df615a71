import Testing

/// The examples of the FastAPI server's document, as printed but for the host, and `jq`, which a machine may not have.
@Suite(.timeLimit(.minutes(15)))
struct SDKServerClientTests {
    /// `jq` for what the examples ask of it.
    private static let jq = """
        jq() {
            local raw=0; if [ "$1" = -r ]; then raw=1; shift; fi
            python3 -c 'import json, sys; v = json.load(sys.stdin)[sys.argv[2][1:]]
        print(v if sys.argv[1] == "1" else json.dumps(v))' "$raw" "$1"
        }

        """

    private static let curls = """
        curl -X POST $BASE/query \\
          -H "Content-Type: application/json" \\
          -d '{"prompt": "What is 2+2?"}'
        echo
        curl -X POST $BASE/session/start \\
          -H "Content-Type: application/json" \\
          -d '{"initial_prompt": "Tell me about Python"}' > started
        SESSION_ID=$(jq -r .session_id < started)

        # Ask follow-up questions
        curl -X POST $BASE/session/$SESSION_ID/query \\
          -H "Content-Type: application/json" \\
          -d '{"prompt": "Tell me more about that"}'
        echo
        curl -X POST $BASE/query \\
          -H "Content-Type: application/json" \\
          -d '{
            "prompt": "Explain REST APIs in one sentence"
          }' | jq '.response'

        # Start conversation
        SESSION=$(curl -s -X POST $BASE/session/start \\
          -H "Content-Type: application/json" \\
          -d '{"initial_prompt": "I want to learn Docker"}' | jq -r '.session_id')

        echo "Session: $SESSION"

        # Ask follow-up questions (Claude remembers context)
        curl -X POST $BASE/session/$SESSION/query \\
          -H "Content-Type: application/json" \\
          -d '{"prompt": "What is a Dockerfile?"}' | jq '.response'

        curl -X POST $BASE/session/$SESSION/query \\
          -H "Content-Type: application/json" \\
          -d '{"prompt": "Show me an example"}' | jq '.response'

        # Clean up
        curl -X DELETE $BASE/session/$SESSION
        echo
        curl -X POST $BASE/query \\
          -H "Content-Type: application/json" \\
          -d '{
            "prompt": "Create a Python script that prints Hello World",
            "allowed_tools": ["Write"],
            "permission_mode": "acceptEdits"
          }' | jq '.response'

        curl -N -X POST $BASE/query \\
          -H "Content-Type: application/json" \\
          -d '{
            "prompt": "Count from 1 to 10 slowly",
            "stream": true
          }'
        curl -f $BASE/sessions

        """

    private static let python = """
        import requests, os

        base_url = os.environ["BASE"]

        # Simple query
        response = requests.post(
            f"{base_url}/query",
            json={"prompt": "What is FastAPI?"}
        ).json()
        print(response['response'])

        # Conversation session
        session = requests.post(
            f"{base_url}/session/start",
            json={"initial_prompt": "I'm learning Python"}
        ).json()

        session_id = session['session_id']

        # Continue conversation
        followup = requests.post(
            f"{base_url}/session/{session_id}/query",
            json={"prompt": "What are list comprehensions?"}
        ).json()
        print(followup['response'])

        # Close session
        requests.delete(f"{base_url}/session/{session_id}")
        """

    private static func check(_ output: String) {
        #expect(output.contains("Session: ") && output.contains(#""status":"closed""#), "\(output)")
        let lines = output.split(separator: "\n")
        let frames = lines.filter { $0.hasPrefix("data: ") }
        #expect(frames.last == #"data: {"type":"done"}"# && frames.contains { $0.contains(#""type":"text""#) })
        #expect(lines.last?.hasSuffix(#""count":1}"#) == true, "the session that was closed is listed, or another not")
    }

    /// The shell's working directory is the server's; the example writes one file.
    private static func curls(_ server: ServerProcess) -> String {
        "cd \(server.workingDirectory)\n" + Self.jq + Self.curls
    }

    @Test func `the document's curl examples run`() async throws {
        try await withServer { server in
            Self.check(try await Client.shell(Self.curls(server), against: server))
        }
    }

    @Test(.enabled(if: Programs.clients != nil, "There is no Python with requests; Scripts/fetch-python makes one."))
    func `the document's Python example runs`() async throws {
        try await withServer { server in
            let output = try await Client.python(Self.python, against: server)
            #expect(
                output.contains("What is FastAPI?") && output.contains("What are list comprehensions?"),
                "\(output)"
            )
        }
    }

    @Test(.enabled(if: Programs.claude != nil, "There is no CLI to test with; Scripts/fetch-claude fetches it."))
    func `they run with the real CLI`() async throws {
        try await withClaudeServer { server, _ in
            let output = try await Client.shell(Self.curls(server), against: server)
            Self.check(output)
            #expect(output.contains("echo: What is 2+2?"))
            guard Programs.clients != nil else { return }
            #expect(
                try await Client.python(Self.python, against: server)
                    == "echo: What is FastAPI?\necho: What are list comprehensions?\n"
            )
        }
    }

    @Test func `a conversation remembers, streams and can be interrupted`() async throws {
        try await withServer { server in
            let started = try await server.request("POST", "/session/start", ["initial_prompt": "say plum"])
            #expect(try started.json["initial_response"] == "plum")
            let id = try #require(try started.json["session_id"].text)
            let memory = try await server.request("POST", "/session/\(id)/query", ["prompt": "memory"])
            #expect(try memory.json["response"] == "say plum")
            let exchange = try await HTTPExchange(
                port: server.port,
                "POST",
                "/session/\(id)/query",
                body: ["prompt": "forever 100", "stream": true]
            )
            try await waitUntil("some words of the stream") { exchange.status == 200 && !exchange.takeBody().isEmpty }
            let interrupted = try await server.request("POST", "/session/\(id)/interrupt")
            #expect(try interrupted.json["status"] == "interrupted")
            try await waitUntil("the stream's end") { exchange.isComplete }
            #expect(String(decoding: exchange.takeBody(), as: UTF8.self).hasSuffix("data: {\"type\":\"done\"}\n\n"))
            let info = try await server.request("GET", "/session/\(id)")
            #expect(try info.json["active"] == true)
            #expect(try await server.request("DELETE", "/session/\(id)").status == 200)
        }
    }
}
