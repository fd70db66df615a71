#!/usr/bin/env python3
"""Runs turns through Anthropic's Python Agent SDK and prints one JSON line of measurements.

    $(Scripts/fetch-sdk) Benchmarks/sdk_driver.py --cli "$(Scripts/fetch-claude)" --url http://127.0.0.1:PORT \
        --turns 20 --prompt "echo 200 100"

One ClaudeSDKClient, one process of the CLI, `--turns` turns one after the other with partial messages: what a program
gets that uses the SDK itself, to be set beside what a client of troupe gets from the same stub.  Nothing else is done
with a message than to look at its type.

The line has, for each turn, in milliseconds from just before `query()` writes the prompt:
`first_event_ms`, `first_text_ms` (null if no text was streamed), `result_ms`; the gaps between successive stream events
as `gap_ms` {count, median, p99, max} (and all of them with --gaps); `events`, `text_chars`, `is_error`.
Beside that `connect_ms` (spawn to the answer to `initialize`), `wall_s`, `cpu_s` (this process alone) and `cli_cpu_s`
(the CLI, read from /proc) over the measured turns, and `max_rss_kib` of this process.

Runs in a throw-away HOME with a made-up key; the URL should be a stub on loopback.
"""
import argparse
import asyncio
import json
import math
import os
import resource
import statistics
import sys
import tempfile
import time

from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient, ResultMessage, StreamEvent, __version__


def environment(url, home):
    """What the CLI needs; the SDK adds it to this process's own environment."""
    return {
        "HOME": home,
        "CLAUDE_CONFIG_DIR": os.path.join(home, ".claude"),
        "CLAUDE_CODE_TMPDIR": os.path.join(home, "tmp"),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "sk-made-up",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_AUTOUPDATER": "1",
        "IS_SANDBOX": "1",
    }


def cpu_of_children():
    """CPU seconds of the direct children of this process, which is the CLI."""
    ticks = 0
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children") as file:
            children = file.read().split()
        for pid in children:
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def spread(values):
    """Count, median, 99th percentile (nearest rank) and maximum."""
    if not values:
        return {"count": 0, "median": None, "p99": None, "max": None}
    ordered = sorted(values)
    p99 = ordered[math.ceil(0.99 * len(ordered)) - 1]
    return {"count": len(ordered), "median": round(statistics.median(ordered), 3), "p99": round(p99, 3),
            "max": round(ordered[-1], 3)}


async def run_turn(client, prompt, keep_gaps):
    """One turn; the times are taken when the SDK hands a message over."""
    first_event = first_text = result = None
    chars = 0
    stamps = []
    began = time.perf_counter()
    await client.query(prompt)
    async for message in client.receive_response():
        now = time.perf_counter()
        if isinstance(message, StreamEvent):
            stamps.append(now)
            if first_event is None:
                first_event = now
            delta = message.event.get("delta") or {}
            if delta.get("type") == "text_delta":
                chars += len(delta["text"])
                if first_text is None:
                    first_text = now
        elif isinstance(message, ResultMessage):
            result = (now, message)
    if result is None:
        raise RuntimeError("the CLI ended without a result")

    def ms(instant):
        return None if instant is None else round((instant - began) * 1000, 3)
    gaps = [(after - before) * 1000 for before, after in zip(stamps, stamps[1:])]
    turn = {"first_event_ms": ms(first_event), "first_text_ms": ms(first_text), "result_ms": ms(result[0]),
            "gap_ms": spread(gaps), "events": len(stamps), "text_chars": chars, "is_error": result[1].is_error}
    if keep_gaps:
        turn["gaps_ms"] = [round(gap, 3) for gap in gaps]
    return turn


async def run(args, home):
    os.makedirs(os.path.join(home, "tmp"), 0o700)
    os.makedirs(os.path.join(home, "work"))
    options = ClaudeAgentOptions(
        cli_path=args.cli, cwd=os.path.join(home, "work"), env=environment(args.url, home),
        include_partial_messages=True, permission_mode="bypassPermissions", max_buffer_size=256 << 20,
        # Leaves the flag out, so that the CLI keeps its own system prompt as it does under troupe.
        system_prompt={"type": "preset", "preset": "claude_code"})
    began = time.perf_counter()
    async with ClaudeSDKClient(options) as client:
        connected = time.perf_counter()
        for _ in range(args.warmup):
            await run_turn(client, args.prompt, False)
        cpu, cli_cpu, start = time.process_time(), cpu_of_children(), time.perf_counter()
        turns = []
        for _ in range(args.turns):
            await asyncio.sleep(args.rest)
            turns.append(await run_turn(client, args.prompt, args.gaps))
        wall = time.perf_counter() - start
        cpu, cli_cpu = time.process_time() - cpu, cpu_of_children() - cli_cpu
    first = [turn["first_text_ms"] for turn in turns if turn["first_text_ms"] is not None]
    return {
        "driver": "claude_agent_sdk", "version": __version__, "prompt": args.prompt, "warmup": args.warmup,
        "connect_ms": round((connected - began) * 1000, 3),
        "first_text_ms": spread(first), "result_ms": spread([turn["result_ms"] for turn in turns]),
        "wall_s": round(wall, 4), "cpu_s": round(cpu, 4), "cli_cpu_s": round(cli_cpu, 4),
        "max_rss_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "turns": turns,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", required=True, help="the claude binary, as Scripts/fetch-claude prints it")
    parser.add_argument("--url", required=True, help="base URL of the Messages API, which should be a stub")
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=1, help="turns before the measured ones")
    parser.add_argument("--rest", type=float, default=0, help="seconds of quiet before each measured turn")
    parser.add_argument("--prompt", default="echo 200", help="a directive of the stub")
    parser.add_argument("--gaps", action="store_true", help="also every gap between events")
    args = parser.parse_args()
    os.environ.pop("CLAUDECODE", None)
    with tempfile.TemporaryDirectory(prefix="sdk-driver-", ignore_cleanup_errors=True) as home:
        line = asyncio.run(run(args, home))
    json.dump(line, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
