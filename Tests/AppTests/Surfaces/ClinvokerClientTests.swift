import Foundation
import Testing

/// Clients of clinvoker as its documents print them, apart from the host.
@Suite(.timeLimit(.minutes(15)))
struct ClinvokerClientTests {
    @Test func `the documents' curl examples work`() async throws {
        try await withServer { server in
            let output = try await Client.shell(
                """
                BASE=$BASE/compat/clinvk
                curl -sf $BASE/health
                echo
                curl -sf -X POST $BASE/api/v1/prompt \\
                  -H "Content-Type: application/json" \\
                  -d '{"backend": "claude", "prompt": "hello"}'
                """,
                against: server
            )
            let lines = output.split(separator: "\n").map(String.init)
            try #require(lines.count == 2)
            let health = try JSON(lines[0].utf8)
            #expect(["ok", "degraded"].contains(health["status"].text) && health["uptime"].text != nil)
            let answer = try JSON(lines[1].utf8)
            #expect(answer["backend"] == "claude" && answer["exit_code"] == 0)
            #expect(answer["output"].text?.isEmpty == false && answer["session_id"].text?.count == 32)
        }
    }

    @Test func `both headers that carry a key work, and without one the refusal is a text`() async throws {
        let token = "0123456789abcdef-made-up"
        try await withServer(["--api-keys", "client:\(token)"]) { server in
            let output = try await Client.shell(
                """
                ask='{"backend": "claude", "prompt": "say hi"}'
                curl -s -H "X-Api-Key: $KEY" $BASE/api/v1/prompt -d "$ask" | grep -c '"exit_code":0'
                curl -s -H "Authorization: Bearer $KEY" $BASE/api/v1/prompt -d "$ask" | grep -c '"exit_code":0'
                curl -s $BASE/api/v1/prompt -d "$ask"
                """,
                against: server,
                environment: ["KEY": token]
            )
            #expect(output == "1\n1\n{\"error\":\"unauthorized\",\"message\":\"missing API key\"}")
        }
    }

    @Test func `words come while they are written`() async throws {
        try await withServer { server in
            let output = try await Client.shell(
                """
                curl -sN $BASE/api/v1/prompt \\
                  -d '{"backend":"claude","prompt":"echo 20 40","output_format":"stream-json"}'
                """,
                against: server
            )
            let lines = try output.split(separator: "\n").map { try JSON($0.utf8) }
            let partial = lines.filter { $0["content"]["is_partial"] == true }
            #expect(lines.first?["type"] == "init" && lines.last?["type"] == "done" && partial.count > 5)
            let text = lines.filter { $0["type"] == "message" }.compactMap(\.["content"]["text"].text).joined()
            #expect(text.split(separator: " ").count == 20, "\(text)")
            #expect(lines.compactMap(\.["sequence"].integer) == Array(1...lines.count))
        }
    }

    @Test(.enabled(if: Programs.clients != nil, "needs Scripts/fetch-python clients"))
    func `a Python client runs prompts, tasks, chains, and looks after its sessions`() async throws {
        try await withServer { server in
            try await Client.python(
                """
                import os, requests
                base = os.environ["BASE"] + "/compat/clinvk/api/v1"

                def post(path, **body):
                    answer = requests.post(f"{base}/{path}", json=body)
                    answer.raise_for_status()
                    return answer.json()

                names = [b["name"] for b in requests.get(f"{base}/backends").json()["backends"]]
                assert names[0] == "claude", names

                dry = post("prompt", backend="claude", prompt="x", dry_run=True)
                assert dry["exit_code"] == 0 and dry["output"].startswith("Would execute:"), dry

                one = post("prompt", backend="claude", prompt="say one", metadata={"project": "p"})
                assert one["output"] == "one" and len(one["session_id"]) == 32, one
                kept = requests.get(f"{base}/sessions/{one['session_id'][:8]}").json()
                assert kept["status"] == "completed" and kept["initial_prompt"] == "say one", kept
                listed = requests.get(f"{base}/sessions", params={"status": "completed", "limit": 5}).json()
                assert listed["total"] == 1 and listed["sessions"][0]["tags"] == ["api"], listed

                both = post("parallel", max_parallel=2, tasks=[
                    {"backend": "claude", "prompt": "say a"},
                    {"backend": "claude", "prompt": "say b"},
                    {"backend": "nothing", "prompt": "say c"},
                ])
                assert [r.get("output") for r in both["results"]] == ["a", "b", None], both
                assert (both["completed"], both["failed"]) == (2, 1), both

                chain = post("chain", steps=[
                    {"backend": "claude", "prompt": "say first", "name": "one"},
                    {"backend": "claude", "prompt": "say then {{previous}}"},
                ])
                assert [r["output"] for r in chain["results"]] == ["first", "then first"], chain

                compared = post("compare", backends=["claude", "claude"], prompt="say same", sequential=True)
                assert [r["output"] for r in compared["results"]] == ["same", "same"], compared

                missing = requests.post(f"{base}/prompt", json={"prompt": "x"})
                assert missing.status_code == 422, missing.text
                assert missing.json()["errors"][0]["location"] == "body", missing.text
                empty = requests.post(f"{base}/prompt", json={"backend": "", "prompt": "x"})
                assert empty.status_code == 400 and empty.json()["detail"] == "backend is required", empty.text

                gone = requests.delete(f"{base}/sessions/{one['session_id']}")
                assert gone.status_code == 200 and gone.json()["deleted"] is True, gone.text
                assert requests.get(f"{base}/sessions/{one['session_id']}").status_code == 404
                """,
                against: server
            )
        }
    }

    @Test(.enabled(if: Programs.claude != nil, "needs the real CLI"))
    func `the real CLI answers`() async throws {
        try await withClaudeServer { server, _ in
            let body: JSON = [
                "backend": "claude", "prompt": "say hello from the stub", "approval_mode": "auto", "max_turns": 3,
                "system_prompt": "Be brief.",
            ]
            let answer = try await server.request("POST", "/api/v1/prompt", body, within: .seconds(60))
            #expect(try answer.json["exit_code"] == 0, "\(answer.text)")
            #expect(try answer.json["output"].text?.contains("hello from the stub") == true, "\(answer.text)")
            #expect(try answer.json["token_usage"]["output_tokens"].integer ?? 0 > 0)
        }
    }
}
