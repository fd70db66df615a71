import StubMessagesAPI
import Testing

/// The clients of mcp-coding-agents' own pages, as they are printed but for the host.
@Suite(.timeLimit(.minutes(15)))
struct CodingAgentsClientTests {
    /// The three examples of curl; the id goes where the page has `{sessionId}`.
    private static let curl = #"""
        BASE="$BASE/compat/mcpapi"
        curl -sS -X POST $BASE/api/v1/sessions \
        -H "Content-Type: application/json" \
        -H "x-api-key: your-api-key" \
        -d '{
        "model": "claude-3-opus-20240229",
        "permissionMode": "default"
        }' > made
        sessionId=$(sed -E 's/.*"sessionId":"([^"]+)".*/\1/' made)
        grep -q '"status":"active"' made
        curl -sS -X POST $BASE/api/v1/sessions/$sessionId/messages \
        -H "Content-Type: application/json" \
        -H "x-api-key: your-api-key" \
        -d '{
        "prompt": "Hello, Claude!",
        "stream": false
        }' > said
        grep -q '"response":"[^"]' said
        curl -sS -N -H "Accept: text/event-stream" \
        -H "x-api-key: your-api-key" \
        "$BASE/api/v1/sessions/$sessionId/stream?prompt=Write%20code" > streamed
        grep '^event: ' streamed
        grep -A1 '^event: complete' streamed | grep -q '"summary":"[^"]'
        curl -sS -i -X DELETE $BASE/api/v1/sessions/$sessionId -H "x-api-key: your-api-key" | grep -q '204'
        """#

    /// The names of a stream's events, as `grep` shows them.
    private static func check(_ printed: String) {
        let names = printed.split(separator: "\n").map { $0.dropFirst("event: ".count) }
        #expect(names.first == "connected" && names.last == "complete")
        let between = names.dropFirst().dropLast()
        #expect(between.count >= 3 && between.allSatisfy { $0 == "message" })
    }

    private static func run(_ server: ServerProcess) async throws {
        let directory = try TemporaryDirectory()
        Self.check(try await Client.shell("cd \(directory.path)\n\(Self.curl)", against: server))
        let list = try await server.request("GET", "/compat/mcpapi/api/v1/sessions")
        #expect(try list.json["total"] == 0)
    }

    @Test func `the examples of curl work as they are printed`() async throws {
        try await withServer { try await Self.run($0) }
    }

    @Test(.enabled(if: Programs.claude != nil, "There is no CLI to test with; Scripts/fetch-claude fetches it."))
    func `the examples of curl work with the real CLI`() async throws {
        try await withClaudeServer { server, _ in try await Self.run(server) }
    }

    /// The Python of the API's examples, with the frames read by hand where the page has sseclient.
    private static let python = #"""
        import json, os, requests, time
        API_BASE = os.environ['BASE'] + os.environ['ROOT'] + '/api/v1'
        native = {'x-api-key': os.environ['KEY']}
        headers = {**native, **json.loads(os.environ['MORE'])}
        assert requests.get(f'{API_BASE}/sessions', headers=json.loads(os.environ['MORE'])).status_code == 401
        assert requests.get(f'{API_BASE}/sessions', headers={**headers, 'x-api-key': 'x'}).status_code == 403
        session_response = requests.post(f'{API_BASE}/sessions',
            headers=headers,
            json={
                'model': 'claude-3-opus-20240229',
                'permissionMode': 'default',
                'maxTurns': 10
            })
        session_id = session_response.json()['sessionId']
        message_response = requests.post(f'{API_BASE}/sessions/{session_id}/messages',
            headers=headers,
            json={
                'prompt': 'say Hello! What can you help me with?',
                'stream': False
            })
        assert message_response.json()['response'] == 'Hello! What can you help me with?'
        response = requests.post(f'{API_BASE}/sessions/{session_id}/stream',
            headers={
                'Accept': 'text/event-stream',
                'Content-Type': 'application/json',
                **headers
            },
            json={
                'prompt': 'permission Bash {"command":"echo tool"}\nsay Hello, world',
                'timeout': 60000
            },
            stream=True)
        seen, event = [], None
        for line in response.iter_lines(decode_unicode=True):
            if line.startswith('event: '):
                event = line[7:]
            elif line.startswith('data: '):
                seen.append((event, json.loads(line[6:])))
                if event == 'message' and seen[-1][1]['message']['type'] == 'assistant' and len(seen) < 4:
                    # The tool asks; somebody answers natively.
                    pending = lambda: requests.get(os.environ['BASE'] + '/v1/approvals?state=pending',
                        headers=native).json()['approvals']
                    while not pending():
                        time.sleep(0.05)
                    requests.post(os.environ['BASE'] + '/v1/approvals/' + pending()[0]['id'], headers=native,
                        json={'decision': 'allow'}).raise_for_status()
        assert [e for e, _ in seen][0] == 'connected' and seen[-1][0] == 'complete', seen
        assert [d['sequence'] for e, d in seen if e == 'message'] == list(range(1, len(seen) - 1))
        kinds = [d['message']['type'] for e, d in seen if e == 'message']
        assert kinds == ['system', 'assistant', 'user', 'assistant', 'result'], kinds
        assert seen[-1][1]['summary'] == 'Hello, world', seen[-1]
        history = requests.get(f'{API_BASE}/sessions/{session_id}/messages', headers=headers).json()
        prompts = [m['content']['message']['content'][0]['text'] for m in history['messages'] if m['source'] == 'user']
        assert prompts[0] == 'say Hello! What can you help me with?' and len(prompts) == 2, prompts
        assert [m['sequence'] for m in history['messages']] == [0, 1, 2, 3, 0, 1, 2, 3, 4, 5], history
        slow = requests.post(f'{API_BASE}/sessions/{session_id}/messages', headers=headers,
            json={'prompt': 'forever 20', 'timeout': 500}).json()
        assert slow['response']['error'] == 'Query timed out after 500ms', slow
        assert requests.delete(f'{API_BASE}/sessions/{session_id}', headers=headers).status_code == 204
        print('done')
        """#

    @Test(
        .enabled(if: Programs.clients != nil, "Scripts/fetch-python clients fetches the Python."),
        arguments: [("/compat/mcpapi", "{}"), ("", #"{"X-Compat-Profile":"004"}"#)]
    )
    func `the examples of Python work by the prefix and by the header`(root: String, more: String) async throws {
        let directory = try TemporaryDirectory()
        let keys = TestKeys(in: directory)
        let token = try await keys.create("alice", "read,send,approve")
        try await withServer(["--keys", keys.path]) { server in
            let printed = try await Client.python(
                Self.python,
                against: server,
                environment: ["ROOT": root, "KEY": token, "MORE": more]
            )
            #expect(printed == "done\n")
        }
    }
}
