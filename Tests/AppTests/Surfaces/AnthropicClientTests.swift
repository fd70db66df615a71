import StubMessagesAPI
import Testing

/// The `anthropic` package from PyPI against the server: nothing is changed for it but the base URL.
@Suite(
    .enabled(if: Programs.clients != nil, "There is no Python with the SDKs; Scripts/fetch-python makes one."),
    .timeLimit(.minutes(15))
)
struct AnthropicClientTests {
    /// What all scripts begin with: a client for each base URL, and a way to ask.
    private static let preamble = """
        import anthropic, asyncio, os
        BASE = os.environ["BASE"]
        def client(path="/anthropic", **more):
            return anthropic.Anthropic(base_url=BASE + path, api_key="not-needed", **more)
        def ask(text, **more):
            return dict(model="claude", max_tokens=1024, messages=[{"role": "user", "content": text}], **more)

        """

    /// clinvoker's example, as printed.
    private static let example = """
        import anthropic, os
        BASE = os.environ["BASE"]

        client = anthropic.Anthropic(
            base_url=f"{BASE}/anthropic/v1",
            api_key="not-needed"
        )

        message = client.messages.create(
            model="claude",
            max_tokens=1024,
            messages=[{"role": "user", "content": "Hello!"}]
        )

        print(message.content[0].text)
        """

    private static let conversations = """
        for path in ["/anthropic", "/anthropic/v1", "/compat/clinvk/anthropic"]:
            message = client(path).messages.create(**ask("say hello there"))
            assert message.type == "message" and message.role == "assistant" and message.model == "claude"
            assert [b.type for b in message.content] == ["text"] and message.content[0].text == "hello there"
            assert message.stop_reason == "end_turn" and message.stop_sequence is None
            assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0
            assert message.usage.cache_read_input_tokens >= 0 and message.usage.cache_creation_input_tokens >= 0
            assert message._request_id and message.id.startswith("msg_")

        stops = client().messages.create(**ask("say one two three"), stop_sequences=["two"])
        assert stops.content[0].text == "one " and stops.stop_reason == "stop_sequence"
        assert stops.stop_sequence == "two"

        history = client().messages.create(
            model="claude", max_tokens=10, system=[{"type": "text", "text": "You are terse."}],
            messages=[
                {"role": "user", "content": "the word is plum"},
                {"role": "assistant", "content": [{"type": "text", "text": "I see."}]},
                {"role": "user", "content": [{"type": "text", "text": "say plum it is"}]},
            ])
        assert history.content[0].text == "plum it is", history

        """

    private static let streams = """
        with client().messages.stream(**ask("echo 50")) as stream:
            pieces = list(stream.text_stream)
        final = stream.get_final_message()
        assert "".join(pieces) == final.content[0].text, (pieces, final)
        assert "".join(pieces).split() == [f"w{i}" for i in range(50)], pieces
        assert len(pieces) > 1, "it did not stream"
        assert final.stop_reason == "end_turn" and final.usage.input_tokens > 0 and final.usage.output_tokens > 0

        names = []
        for event in client("/anthropic/v1").messages.create(**ask("say hello"), stream=True):
            if not names or names[-1] != event.type: names.append(event.type)
        assert names == ["message_start", "content_block_start", "content_block_delta", "content_block_stop",
            "message_delta", "message_stop"], names

        with client().messages.stream(**ask("think 6 4", thinking={"type": "enabled", "budget_tokens": 2000})) as stream:
            final = stream.get_final_message()
        assert [b.type for b in final.content] == ["thinking", "text"], final
        assert final.content[0].thinking.split() == [f"t{i}" for i in range(6)], final
        assert final.content[0].signature
        whole = client().messages.create(**ask("think 6 4", thinking={"type": "enabled", "budget_tokens": 2000}))
        assert [b.type for b in whole.content] == ["thinking", "text"], whole
        assert [b.type for b in client().messages.create(**ask("think 6 4")).content] == ["text"]

        with client().messages.stream(**ask("echo 40 200"), stop_sequences=["w5 "]) as stream:
            final = stream.get_final_message()
        assert final.stop_reason == "stop_sequence" and final.content[0].text.endswith("w4 "), final

        async def both():
            async with anthropic.AsyncAnthropic(base_url=BASE + "/anthropic", api_key="x") as c:
                async def one(n):
                    async with c.messages.stream(**ask(f"say number {n}")) as stream:
                        text = "".join([piece async for piece in stream.text_stream])
                        final = await stream.get_final_message()
                    assert text == final.content[0].text == f"number {n}", text
                await asyncio.gather(one(1), one(2))
                message = await c.messages.create(**ask("say async"))
                assert message.content[0].text == "async"
                async for event in await c.messages.create(**ask("say async"), stream=True): last = event
                assert last.type == "message_stop"
                assert [m.id async for m in c.models.list()][0] == "claude"
        asyncio.run(both())

        """

    private static let tools = """
        call = 'saytool:Bash {"command":"echo hi","description":"a test"}'
        with client().messages.stream(**ask(call + "\\nsay all done")) as stream:
            final = stream.get_final_message()
        assert [b.type for b in final.content] == ["text", "text"], final
        assert final.content[1].text == "all done" and final.stop_reason == "end_turn", final

        """

    private static let errors = """
        c = client(max_retries=0)
        def fails(kind, status, *, with_client=c, **call):
            try:
                with_client.messages.create(**call)
            except kind as error:
                assert error.status_code == status and error.request_id, error
                assert error.body["type"] == "error", error.body
                return error
            raise AssertionError(f"no {kind}")
        e = fails(anthropic.BadRequestError, 400, **{**ask("x"), "max_tokens": 0})
        assert e.type == "invalid_request_error" and "max_tokens" in e.api_message, e
        e = fails(anthropic.BadRequestError, 400, **ask("x", tools=[{"name": "get_weather", "input_schema": {}}]))
        assert "get_weather" in e.api_message, e
        fails(anthropic.NotFoundError, 404, **{**ask("x"), "model": "gpt-4o"})
        e = fails(anthropic.RateLimitError, 429, **ask("error:429"))
        assert e.type == "rate_limit_error" and e.response.headers["x-should-retry"] == "false", e
        # The CLI has tried often enough: the SDK does not begin again.
        fails(anthropic.OverloadedError, 529, with_client=client(), **ask("error:529"))
        fails(anthropic.BadRequestError, 400, **ask("error:prompt_too_long"))
        try:
            with client().messages.stream(**ask("error:529")) as stream:
                stream.get_final_message()
            raise AssertionError("no error in the stream")
        except anthropic.APIStatusError as error:
            assert error.body["error"]["type"] == "overloaded_error", error.body

        """

    private static let broken = """
        # The API's stream breaks: the CLI asks again, and what was shown stays a block of its own.
        with client().messages.stream(**ask("error:stream 3 1")) as stream:
            final = stream.get_final_message()
        assert [b.text for b in final.content][-1] == "recovered" and final.stop_reason == "end_turn", final
        whole = client().messages.create(**ask("error:stream 3 1"))
        assert [b.text for b in whole.content] == ["recovered"], whole

        """

    private static let lists = """
        c = client()
        count = c.messages.count_tokens(model="claude", messages=[{"role": "user", "content": "word " * 400}])
        assert 400 <= count.input_tokens <= 600, count
        models = [m.id for m in c.models.list()]
        assert models[0] == "claude" and len(models) > 2, models
        assert [m.id for m in c.models.list(limit=1)] == models, "all pages"
        model = c.models.retrieve(models[1])
        assert model.id == models[1] and model.type == "model" and model.display_name and model.created_at
        try:
            c.models.retrieve("nothing")
            raise AssertionError("a model that is not there")
        except anthropic.NotFoundError as error:
            assert error.type == "not_found_error"

        """

    private static func run(_ parts: String..., on server: ServerProcess) async throws {
        try await Client.python(Self.preamble + parts.joined(), against: server)
    }

    @Test func `the SDK works with the scripted agent`() async throws {
        try await withServer(["--permission-mode", "bypassPermissions"]) { server in
            try await Client.python(Self.example, against: server)
            try await Self.run(Self.conversations, Self.streams, Self.lists, Self.tools, on: server)
        }
    }

    @Test(.enabled(if: Programs.claude != nil, "There is no CLI to test with; Scripts/fetch-claude fetches it."))
    func `the SDK works with the real CLI`() async throws {
        try await withClaudeServer(["--permission-mode", "bypassPermissions"]) { server, _ in
            #expect(try await Client.python(Self.example, against: server) == "echo: Hello!\n")
            try await Self.run(Self.conversations, Self.streams, on: server)
            try await Self.run(Self.errors, Self.broken, Self.lists, Self.tools, on: server)
        }
    }

    @Test(.enabled(if: Programs.claude != nil, "There is no CLI to test with; Scripts/fetch-claude fetches it."))
    func `a system prompt, images and links reach the API`() async throws {
        try await withClaudeServer { server, stub in
            let script = """
                image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "\(ImageTests.good)"}}
                link = {"type": "image", "source": {"type": "url", "url": "https://example.com/x.png"}}
                message = client().messages.create(
                    model="claude-sonnet-4-5", max_tokens=10, system="Speak of purple cabbages.",
                    messages=[{"role": "user", "content": [image, link, {"type": "text", "text": "say seen"}]}])
                assert message.content[0].text == "seen" and message.model == "claude-sonnet-4-5"
                """
            for text in ["purple cabbages", "https://example.com/x.png", #""media_type":"image/png""#] {
                stub.watch(for: text)
                try await Self.run(script, on: server)
                #expect(stub.sightings() > 0, "\(text)")
            }
            #expect(stub.requests().contains { $0.model == "claude-sonnet-4-5" })
        }
    }

    @Test func `a rate that is reached is a typed error, and the SDK comes back when it was told to`() async throws {
        try await withServer(["--rate-work", "40"]) { server in
            let script = """
                count = dict(model="claude", messages=[{"role": "user", "content": "x"}])
                for _ in range(60):
                    try:
                        client(max_retries=0).messages.count_tokens(**count)
                    except anthropic.RateLimitError as error:
                        assert error.type == "rate_limit_error" and int(error.response.headers["retry-after"]) > 0
                        break
                else:
                    raise AssertionError("no limit")
                assert client().messages.create(**ask("say again")).content[0].text == "again"
                """
            try await Self.run(script, on: server)
        }
    }

    @Test func `a key of the server is the SDK's key`() async throws {
        let directory = try TemporaryDirectory()
        let keys = TestKeys(in: directory)
        let token = try await keys.create("alice", "read,send")
        try await withServer(in: directory, ["--keys", keys.path]) { server in
            let script = """
                import os
                good = anthropic.Anthropic(base_url=BASE + "/anthropic", api_key=os.environ["KEY"])
                assert good.messages.create(**ask("say in")).content[0].text == "in"
                token = anthropic.Anthropic(base_url=BASE + "/anthropic", auth_token=os.environ["KEY"], api_key=None)
                assert token.messages.create(**ask("say in")).content[0].text == "in"
                try:
                    client(max_retries=0).messages.create(**ask("say in"))
                    raise AssertionError("it let anybody in")
                except anthropic.AuthenticationError as error:
                    assert error.type == "authentication_error"
                """
            try await Client.python(Self.preamble + script, against: server, environment: ["KEY": token])
        }
    }
}
