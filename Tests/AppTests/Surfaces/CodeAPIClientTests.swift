import Foundation
import Testing

/// The examples of claude-code-api's README, as printed apart from the host; and its clients' usual work in Python.
@Suite(
    .enabled(if: Programs.clients != nil, "There is no Python; Scripts/fetch-python clients fetches it."),
    .timeLimit(.minutes(15))
)
struct CodeAPIClientTests {
    /// Runs a script in which `python` is the tests' own, and the original's address stands for the server's.
    private static func shell(_ script: String, against server: ServerProcess) async throws -> String {
        let programs = try #require(Programs.clients)
        let script = script.replacing("http://localhost:8000", with: "$BASE/compat/cca")
        return try await Client.shell("python() { '\(programs)/python' \"$@\"; }\n\(script)", against: server)
    }

    @Test
    func `every example of the README runs as printed`() async throws {
        try await withServer { server in
            let made = try await Self.shell(
                #"""
                curl -s -X POST http://localhost:8000/api/v1/sessions \
                -H "X-API-Key: my-secret-key" \
                -H "Content-Type: application/json" \
                -d '{"name": "my-project"}' | python -m json.tool
                """#,
                against: server
            )
            #expect(made.contains(#""name": "my-project""#) && made.contains(#""status": "pending""#), "\(made)")
            let chat = try await Self.shell(
                #"""
                curl -s -X POST http://localhost:8000/api/v1/sessions/my-project/chat \
                -H "X-API-Key: my-secret-key" \
                -H "Content-Type: application/json" \
                -d '{"message": "create a hello.py that prints Hello World"}' | python -m json.tool
                """#,
                against: server
            )
            #expect(chat.contains(#""content": ""#) && chat.contains("create a hello.py"), "\(chat)")
            let stream = try await Self.shell(
                #"""
                curl -N -X POST http://localhost:8000/api/v1/sessions/my-project/chat/stream \
                -H "X-API-Key: my-secret-key" \
                -H "Content-Type: application/json" \
                -d '{"message": "read hello.py"}'
                """#,
                against: server
            )
            #expect(stream.hasPrefix("id: 1\r\nevent: assistant\r\ndata: {"), "\(stream)")
            #expect(stream.contains("event: done\r\n"), "\(stream)")
            let template = try await Self.shell(
                #"""
                curl -s -X POST http://localhost:8000/api/v1/sessions \
                -H "X-API-Key: my-secret-key" \
                -H "Content-Type: application/json" \
                -d '{"name": "review-auth", "template": "code-reviewer"}' | python -m json.tool
                """#,
                against: server
            )
            #expect(template.contains(#""effort": "high""#), "\(template)")
            #expect(FileManager.default.fileExists(atPath: "\(server.workingDirectory)/my-project"))
        }
    }

    @Test
    func `every route of the README's list answers a client in Python`() async throws {
        try await withServer { server in
            let said = try await Client.python(
                #"""
                import os, requests, time
                base = os.environ["BASE"] + "/compat/cca/api/v1"
                s = requests.Session()
                s.headers["X-API-Key"] = "my-secret-key"
                def call(method, path, status, **more):
                    r = s.request(method, base + path, **more)
                    assert r.status_code == status, (method, path, r.status_code, r.text)
                    assert r.headers["X-Request-ID"] and r.headers["X-Response-Time"].endswith("ms")
                    if r.headers.get("Content-Type", "").startswith("application/json"):
                        body = r.json()
                        assert body["meta"]["request_id"] == r.headers["X-Request-ID"]
                        assert body["meta"]["version"] == "v1"
                        return body
                    return r
                assert call("GET", "/health", 200)["checks"] == {"database": "ok", "claude_cli": "ok"}
                templates = call("GET", "/templates", 200)["data"]
                assert len(templates) == 12 and all(t["system_prompt"] and t["effort"] for t in templates.values())
                assert call("GET", "/templates/debug", 200)["data"]["name"] == "debug"
                assert call("POST", "/templates/reload", 200)["data"]["count"] == 12
                made = s.post(base + "/sessions", json={"name": "p", "max_turns": 5, "allowed_tools": "Read,Grep"})
                assert made.status_code == 201 and s.get(os.environ["BASE"] + made.headers["Location"]).ok
                key = {"Idempotency-Key": "k1"}
                one = call("POST", "/sessions/p/chat", 200, json={"message": "tool:Bash {\"command\":\"echo hi\"}\nsay hello"}, headers=key)
                two = call("POST", "/sessions/p/chat", 200, json={"message": "tool:Bash {\"command\":\"echo hi\"}\nsay hello"}, headers=key)
                assert one["data"] == two["data"] and one["meta"] != two["meta"]
                assert one["data"]["content"] == "hello", one
                assert one["data"]["tools_used"] == [{"name": "Bash", "input": {"command": "echo hi"}}], one
                assert call("GET", "/sessions/p/history", 200)["count"] == 2
                job = call("POST", "/sessions/p/jobs", 202, json={"message": "say from a job"})["data"]
                while job["status"] in ("queued", "running"):
                    job = call("GET", "/sessions/p/jobs/" + job["id"], 200)["data"]
                assert job["status"] == "done" and job["result"]["content"] == "from a job", job
                call("POST", "/sessions/p/jobs/" + job["id"] + "/cancel", 409)
                assert call("GET", "/sessions/p/jobs", 200)["data"][0]["result"] == job["result"]
                up = call("POST", "/sessions/p/files", 201, files={"file": ("a.txt", b"text")}, data={"path": "docs"})["data"]
                assert up == {"path": "docs/a.txt", "size": 4, "name": "a.txt"}
                files = call("GET", "/sessions/p/files", 200)
                assert files["data"] == [{"name": "docs", "path": "docs", "type": "directory", "size": None}]
                assert call("GET", "/sessions/p/files/docs/a.txt", 200).content == b"text"
                assert call("POST", "/tokens/count", 200, json={"text": "hello world"})["data"]["words"] == 2
                usage = call("GET", "/usage", 200)["data"]
                assert usage["turns"] == 2 and usage["jobs"]["completed"] == 1, usage
                assert call("GET", "/audit", 200)["count"] == 4
                os.makedirs(made.json()["data"]["working_dir"] + "/../elsewhere", exist_ok=True)
                place = os.path.realpath(made.json()["data"]["working_dir"] + "/../elsewhere")
                assert call("POST", "/sessions/p/repo", 200, json={"working_dir": place})["data"]["working_dir"] == place
                assert call("POST", "/sessions/p/chat", 200, json={"message": "cwd"})["data"]["content"].endswith("/elsewhere")
                brief = {"message": "args", "system": "Be brief.", "effort": "low", "output_format": {"type": "json_schema", "schema": {"type": "object"}}}
                args = call("POST", "/sessions/p/chat", 200, json=brief)["data"]["content"]
                for flag in ["--system-prompt=Be brief.", "--effort=low", '--json-schema={"type": "object"}', "--max-turns=5"]:
                    assert flag in args, args
                assert "Be brief." not in call("POST", "/sessions/p/chat", 200, json={"message": "args"})["data"]["content"]
                bad = call("POST", "/sessions/p/chat", 422, json={"message": "x", "x": 1}).json()
                assert bad["errors"] == [{"field": "body -> x", "message": "Extra inputs are not permitted", "type": "extra_forbidden"}]
                call("DELETE", "/sessions/p", 204)
                call("GET", "/sessions/p", 404)
                print("all")
                """#,
                against: server
            )
            #expect(said.contains("all"))
        }
    }

    @Test(.enabled(if: Programs.claude != nil, "There is no CLI to test with; Scripts/fetch-claude fetches it."))
    func `the real CLI writes a file below its directory without asking`() async throws {
        try await withClaudeServer { server, _ in
            let said = try await Client.python(
                #"""
                import json, os, requests
                base = os.environ["BASE"] + "/compat/cca/api/v1"
                made = requests.post(base + "/sessions", json={"name": "real"}).json()["data"]
                path = made["working_dir"] + "/hello.py"
                call = "tool:Write " + json.dumps({"file_path": path, "content": "print('Hello World')"})
                r = requests.post(base + "/sessions/real/chat", json={"message": call + "\nsay I've created hello.py"})
                assert r.status_code == 200, r.text
                data = r.json()["data"]
                assert data["content"] == "I've created hello.py" and data["tools_used"][0]["name"] == "Write", data
                assert open(path).read() == "print('Hello World')"
                assert requests.get(base + "/sessions/real").json()["data"]["status"] == "active"
                with requests.post(base + "/sessions/real/chat/stream", json={"message": "say live"}, stream=True) as r:
                    names = [l[7:] for l in r.iter_lines(decode_unicode=True) if l.startswith("event: ")]
                assert names == ["assistant", "done"], names
                again = requests.post(base + "/sessions/real/chat", json={"message": "memory", "system": "Be brief."})
                assert again.status_code == 200 and "say live" in again.json()["data"]["content"], again.text
                print("all")
                """#,
                against: server
            )
            #expect(said.contains("all"))
        }
    }
}
