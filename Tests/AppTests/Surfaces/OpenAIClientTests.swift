import Foundation
import Testing

/// OpenAI's own Python package, and the examples of clinvoker's page, against the built program.
@Suite(
    .enabled(if: Programs.clients != nil, "Scripts/fetch-python clients fetches the SDKs."),
    .serialized,
    .timeLimit(.minutes(15))
)
struct OpenAIClientTests {
    /// What all scripts begin with.
    private static let head = """
        import asyncio, json, os, time
        import openai
        from openai import OpenAI, AsyncOpenAI
        base = os.environ["BASE"] + "/openai/v1"
        key = os.environ.get("KEY", "not-needed")
        client = OpenAI(base_url=base, api_key=key, max_retries=0, timeout=60)
        def user(text):
            return [{"role": "user", "content": text}]

        """

    private static func python(
        _ script: String,
        against server: ServerProcess,
        environment: [String: String] = [:]
    ) async throws {
        try await Client.python(Self.head + script, against: server, environment: environment)
    }

    // MARK: The examples of clinvoker's page

    @Test
    func `the Python example runs as it is printed, and the JavaScript one as the request that it makes`() async throws
    {
        try await withServer { server in
            let said = try await Client.python(
                """
                import os
                from openai import OpenAI

                client = OpenAI(
                    base_url=os.environ["BASE"] + "/openai/v1",
                    api_key="not-needed"
                )

                response = client.chat.completions.create(
                    model="claude",
                    messages=[{"role": "user", "content": "Hello!"}]
                )

                print(response.choices[0].message.content)
                """,
                against: server
            )
            #expect(said.contains("Hello!"))
            let fetched = try await Client.shell(
                """
                curl -sS --fail-with-body "$BASE/openai/v1/chat/completions" -X POST \\
                  -H 'Authorization: Bearer not-needed' -H 'Content-Type: application/json' -H 'X-Stainless-Lang: js' \\
                  -d '{"model":"claude","messages":[{"role":"user","content":"Hello!"}]}'
                """,
                against: server
            )
            #expect(fetched.contains(#""role":"assistant""#) && fetched.contains("Hello!"))
        }
    }

    // MARK: The scripted agent

    @Test
    func `chats in one piece and in streams, sync and async`() async throws {
        try await withServer { server in
            try await Self.python(
                """
                assert [m.id for m in client.models.list()][0] == "claude"
                assert client.models.retrieve("sonnet").owned_by == "anthropic"

                answer = client.chat.completions.create(model="claude", messages=user("say hello"))
                assert answer.choices[0].message.content == "hello", answer
                assert answer.choices[0].finish_reason == "stop" and answer.usage.total_tokens > 0

                chunks = list(client.chat.completions.create(
                    model="sonnet", messages=user("echo 40 200"), stream=True, stream_options={"include_usage": True}))
                texts = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
                assert "".join(texts).split() == [f"w{n}" for n in range(40)], texts
                assert len(texts) > 3, "the text came in one piece"
                assert chunks[-1].usage.completion_tokens > 0 and chunks[-1].choices == []
                assert chunks[-2].choices[0].finish_reason == "stop"

                with client.chat.completions.stream(model="claude", messages=user("say streamed")) as stream:
                    kinds = {event.type for event in stream}
                    final = stream.get_final_completion()
                assert final.choices[0].message.content == "streamed" and "content.delta" in kinds, kinds

                cut = client.chat.completions.create(model="claude", messages=user("say one two three"), stop=[" two"])
                assert cut.choices[0].message.content == "one"
                many = client.chat.completions.create(model="claude", messages=user("say hi"), n=2)
                assert [c.message.content for c in many.choices] == ["hi", "hi"]

                async def main():
                    client = AsyncOpenAI(base_url=base, api_key=key)
                    answer = await client.chat.completions.create(model="claude", messages=user("say async"))
                    assert answer.choices[0].message.content == "async"
                    stream = await client.chat.completions.create(model="claude", messages=user("say bits"), stream=True)
                    text = "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])
                    assert text == "bits", text
                asyncio.run(main())
                """,
                against: server
            )
        }
    }

    @Test
    func `errors are the typed ones, and what is refused for the moment is asked again`() async throws {
        let directory = try TemporaryDirectory()
        let keys = TestKeys(in: directory)
        let key = try await keys.create("ann", "read,send")
        let arguments = ["--keys", keys.path, "--rate-work", "12"]
        try await withServer(in: directory, arguments, environment: [:]) { server in
            try await Self.python(
                """
                def raises(kind, call):
                    try:
                        call()
                    except kind as error:
                        return error
                    raise AssertionError(f"no {kind}")
                def chat(client=client, **more):
                    return client.chat.completions.create(**{"model": "claude", "messages": user("say hi"), **more})

                wrong = OpenAI(base_url=base, api_key="wrong", max_retries=0)
                assert raises(openai.AuthenticationError, wrong.models.list).code == "invalid_api_key"
                assert raises(openai.NotFoundError, lambda: client.models.retrieve("gpt-4o")).code == "model_not_found"
                assert raises(openai.NotFoundError, lambda: client.responses.retrieve("resp_none")).status_code == 404
                error = raises(openai.BadRequestError, lambda: chat(tools=[{"type": "function", "function": {"name": "f"}}]))
                assert error.param == "tools" and error.type == "invalid_request_error", error
                error = raises(openai.BadRequestError, lambda: client.responses.create(
                    model="claude", input="x", previous_response_id="resp_none"))
                assert error.code == "previous_response_not_found"
                raises(openai.InternalServerError, lambda: chat(messages=user("auth-failed")))

                # Until there is nothing left of this minute.
                for _ in range(20):
                    try:
                        chat()
                    except openai.RateLimitError as error:
                        assert error.code == "rate_limit_exceeded" and int(error.response.headers["retry-after"]) >= 1
                        break
                else:
                    raise AssertionError("no limit")
                patient = OpenAI(base_url=base, api_key=key, max_retries=3)
                raw = patient.chat.completions.with_raw_response.create(model="claude", messages=user("say after all"))
                assert raw.parse().choices[0].message.content == "after all"
                assert raw.retries_taken >= 1
                """,
                against: server,
                environment: ["KEY": key]
            )
        }
    }

    @Test
    func `a response in the background is polled, taken up in mid-stream, and cancelled`() async throws {
        try await withServer { server in
            try await Self.python(
                """
                made = client.responses.create(model="claude", input="say done", background=True)
                assert made.status in ("queued", "in_progress"), made.status
                deadline = time.time() + 30
                while made.status in ("queued", "in_progress"):
                    assert time.time() < deadline
                    made = client.responses.retrieve(made.id)
                assert made.status == "completed" and made.output_text == "done", made

                live = client.responses.create(model="claude", input="echo 60 60", background=True, stream=True)
                head, last = "", None
                for event in live:
                    last = event.sequence_number
                    if event.type == "response.created":
                        id = event.response.id
                    if event.type == "response.output_text.delta":
                        head += event.delta
                        if len(head) > 20:
                            break
                live.close()
                tail, numbers, final = "", [], None
                for event in client.responses.retrieve(id, stream=True, starting_after=last):
                    numbers.append(event.sequence_number)
                    if event.type == "response.output_text.delta":
                        tail += event.delta
                    if event.type == "response.completed":
                        final = event.response
                assert numbers == sorted(numbers) and numbers[0] > last, (last, numbers)
                assert head + tail == final.output_text, (head, tail, final.output_text)
                assert head + tail == client.responses.retrieve(id).output_text

                endless = client.responses.create(model="claude", input="forever 50", background=True)
                while client.responses.retrieve(endless.id).output_text == "" and time.time() < deadline:
                    if client.responses.retrieve(endless.id).status == "in_progress":
                        break
                stopped = client.responses.cancel(endless.id)
                assert stopped.status == "cancelled", stopped
                assert client.responses.retrieve(endless.id).status == "cancelled"
                """,
                against: server
            )
        }
    }

    @Test
    func `a response is there after a restart, and its stream goes on exactly where it was`() async throws {
        try await withStoringServer { server in
            let made = try await Client.python(
                Self.head + """
                    seen = []
                    for event in client.responses.create(
                            model="claude", input="echo 30 100", stream=True, metadata={"a": "b"}):
                        seen.append((event.type, event.sequence_number, getattr(event, "delta", "")))
                        if event.type == "response.completed":
                            final = event.response
                    print(json.dumps({"id": final.id, "seen": seen, "text": final.output_text}))
                    """,
                against: server
            )
            let next = try await server.restarted(by: SIGTERM)
            try await Self.python(
                """
                made = json.loads(os.environ["MADE"])
                again = client.responses.retrieve(made["id"])
                assert again.status == "completed" and again.output_text == made["text"], again
                assert again.metadata == {"a": "b"} and again.usage.output_tokens > 0
                items = client.responses.input_items.list(made["id"])
                assert items.data[0].content[0].text == "echo 30 100", items
                for place, (kind, number, _) in enumerate(made["seen"]):
                    rest = list(client.responses.retrieve(made["id"], stream=True, starting_after=number))
                    text = "".join(e.delta for e in rest if e.type == "response.output_text.delta")
                    assert text == "".join(d for _, _, d in made["seen"][place + 1:]), (number, text)
                    assert all(e.sequence_number > number for e in rest)
                more = client.responses.create(model="claude", input="memory", previous_response_id=made["id"])
                assert "echo 30 100" in more.output_text, more
                client.responses.delete(made["id"])
                try:
                    client.responses.retrieve(made["id"])
                    raise AssertionError("still there")
                except openai.NotFoundError:
                    pass
                """,
                against: next,
                environment: ["MADE": made.trimmingCharacters(in: .whitespacesAndNewlines)]
            )
        }
    }

    // MARK: The real CLI

    @Test(.enabled(if: Programs.claude != nil, "There is no CLI to test with; Scripts/fetch-claude fetches it."))
    func `chats with the real CLI: streams, pictures, shapes, and one process for a conversation`() async throws {
        try await withClaudeServer { server, _ in
            try await Self.python(
                """
                answer = client.chat.completions.create(model="claude", messages=user("say hello"))
                assert answer.choices[0].message.content == "hello" and answer.usage.prompt_tokens > 0, answer
                with client.chat.completions.stream(model="claude", messages=user("echo 50 100")) as stream:
                    pieces = [e.delta for e in stream if e.type == "content.delta"]
                    final = stream.get_final_completion()
                assert "".join(pieces) == final.choices[0].message.content and len(pieces) > 3, pieces

                picture = "data:image/png;base64," + os.environ["PICTURE"]
                seen = client.chat.completions.create(model="claude", messages=[{"role": "user", "content": [
                    {"type": "text", "text": "say seen"}, {"type": "image_url", "image_url": {"url": picture}}]}])
                assert seen.choices[0].message.content == "seen", seen

                from pydantic import BaseModel
                class Number(BaseModel):
                    n: int
                shaped = client.chat.completions.parse(
                    model="claude", messages=user('tool:StructuredOutput {"n":5}\\nsay done'), response_format=Number)
                assert shaped.choices[0].message.parsed == Number(n=5), shaped

                messages = user("the word is plum")
                first = client.chat.completions.create(model="claude", messages=messages, user="ann")
                messages += [{"role": "assistant", "content": first.choices[0].message.content}, *user("memory")]
                second = client.chat.completions.create(model="claude", messages=messages, user="ann")
                # The agent remembers it as a prompt of its own: it was not told again.
                assert second.choices[0].message.content == "the word is plum", second

                async def main():
                    client = AsyncOpenAI(base_url=base, api_key=key)
                    stream = await client.chat.completions.create(model="claude", messages=user("say bits"), stream=True)
                    text = "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])
                    assert text == "bits", text
                asyncio.run(main())
                """,
                against: server,
                environment: ["PICTURE": ImageTests.good]
            )
        }
    }

    @Test(.enabled(if: Programs.claude != nil, "There is no CLI to test with; Scripts/fetch-claude fetches it."))
    func `responses with the real CLI: background, resume, a conversation, a repeated request`() async throws {
        try await withClaudeServer { server, _ in
            try await Self.python(
                """
                with client.responses.stream(model="claude", input="echo 40 100") as stream:
                    text = "".join(e.delta for e in stream if e.type == "response.output_text.delta")
                    final = stream.get_final_response()
                assert final.output_text == text and final.usage.total_tokens > 0, final
                more = client.responses.create(model="claude", input="memory", previous_response_id=final.id)
                assert more.output_text == "echo 40 100", more

                made = client.responses.create(model="claude", input="echo 60 40", background=True)
                head, last = "", None
                for event in client.responses.retrieve(made.id, stream=True):
                    last = event.sequence_number
                    if event.type == "response.output_text.delta":
                        head += event.delta
                        if len(head) > 20:
                            break
                rest = list(client.responses.retrieve(made.id, stream=True, starting_after=last))
                tail = "".join(e.delta for e in rest if e.type == "response.output_text.delta")
                assert head + tail == rest[-1].response.output_text and rest[0].sequence_number > last
                assert client.responses.retrieve(made.id).output_text == head + tail

                # The API breaks off in the middle; the CLI asks again, and what it showed is withdrawn.
                with client.responses.stream(model="claude", input="error:drop 3 1") as stream:
                    items = [e.item.status for e in stream if e.type == "response.output_item.done"]
                    final = stream.get_final_response()
                assert final.output_text == "recovered" and items[-1] == "completed", (items, final)
                """,
                against: server
            )
        }
    }
}
