import Foundation
import Logging
import NIOCore
import SystemPackage
import Testing

@testable import Agent

/// Real processes: shell scripts in the place of the CLI.
@Suite struct ProcessRunnerTests {
    private let runner = ProcessRunner(logger: Logger(label: "test"))

    @Test func `lines go both ways and the exit code comes back`() async throws {
        let script = try Script(
            #"while read -r line; do echo "{\"type\":\"echo\",\"line\":$line}"; done; echo bye >&2; exit 7"#
        )
        defer { script.remove() }
        let handler = RecordingHandler(
            onStart: { child in
                #expect(child.send(json("{\"n\":1}")) == .queued)
                #expect(child.send(json("{\"n\":2}")) == .queued)
            },
            onLine: { line, child in
                if JSONObject(line.bytes)?.object("line")?.int("n") == 2 { child.beginTermination(TerminationSteps()) }
            }
        )
        let exit = await self.runner.run(script.launch(), handler: handler)
        #expect(exit == AgentExit(code: 7, stderrTail: "bye\n"))
        let lines = await handler.lines.map { String(buffer: $0.bytes) }
        #expect(lines == [#"{"type":"echo","line":{"n":1}}"#, #"{"type":"echo","line":{"n":2}}"#])
        let running = await handler.child
        let child = try #require(running)
        #expect(child.send(json("{}")) == .closed)
        child.signal(.kill)
        child.beginTermination(.kill)
    }

    @Test func `arguments, environment and directory arrive`() async throws {
        let script = try Script(#"printf '{"argc":%d,"owner":"%s","cwd":"%s"}\n' $# "$TROUPE_OWNER" "$PWD""#)
        defer { script.remove() }
        let handler = RecordingHandler()
        let launch = script.launch()
        let exit = await self.runner.run(launch, handler: handler)
        #expect(exit.code == 0)
        let first = try #require(await handler.lines.first)
        let object = try #require(JSONObject(first.bytes))
        #expect(object.int("argc") == launch.arguments.count)
        #expect(object.string("owner") == launch.owner.description)
        #expect(object.string("cwd") == launch.workingDirectory.string)
    }

    @Test func `a child that cannot be started is a launch failure`() async throws {
        var launch = try Script("").launch()
        launch.executable = "/nonexistent/claude"
        let exit = await self.runner.run(launch, handler: RecordingHandler())
        #expect(exit.launchFailure != nil)
        #expect(exit.code == nil && exit.signal == nil)
    }

    @Test func `a signal is told from a code, a partial line is dropped`() async throws {
        let script = try Script(#"echo '{"type":"a"}'; printf '{"type":'; kill -9 $$"#)
        defer { script.remove() }
        let handler = RecordingHandler()
        let exit = await self.runner.run(script.launch(), handler: handler)
        #expect(exit == AgentExit(signal: SIGKILL, droppedPartialLine: true))
        #expect(await handler.lines.count == 1)
    }

    @Test func `the tail of stderr is bounded`() async throws {
        let script = try Script(#"head -c 300000 /dev/zero | tr '\0' x >&2; echo end >&2"#)
        defer { script.remove() }
        let launch = script.launch(limits: AgentLimits(stderrTailBytes: 1000))
        let exit = await self.runner.run(launch, handler: RecordingHandler())
        #expect(exit.stderrTail == String(repeating: "x", count: 996) + "end\n")
    }

    @Test func `a line of 32 MB goes to a file, one of 8 MB does not`() async throws {
        let script = try Script(
            #"for n in 33554432 8388608; do printf '{"type":"big","x":"'; head -c $n /dev/zero | tr '\0' y; "#
                + #"echo '"}'; done; echo '{"type":"after"}'"#
        )
        defer { script.remove() }
        let handler = RecordingHandler()
        let exit = await self.runner.run(script.launch(), handler: handler)
        #expect(exit.code == 0)
        let lines = await handler.lines
        try #require(lines.map(\.type) == ["spilled", "big", "after"])
        guard case .spilled(let path, let count) = lines[0].kind else { return }
        #expect(count == 33_554_432 + 21)
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        #expect(size == count)
        #expect(lines[1].bytes.readableBytes == 8_388_608 + 21)
    }

    @Test func `a child that ignores EOF and SIGTERM is killed`() async throws {
        let script = try Script(#"trap '' TERM; echo '{"type":"up"}'; while :; do sleep 0.05; done"#)
        defer { script.remove() }
        let handler = RecordingHandler(onLine: { _, child in
            child.beginTermination(
                TerminationSteps(inputClosedGrace: .milliseconds(50), terminateGrace: .milliseconds(100))
            )
        })
        let exit = await self.runner.run(script.launch(), handler: handler)
        #expect(exit.signal == SIGKILL)
        #expect(exit.survivors.isEmpty)
    }

    @Test func `a second termination makes the first quicker`() async throws {
        let script = try Script(#"trap '' TERM; echo '{"type":"up"}'; while :; do sleep 0.05; done"#)
        defer { script.remove() }
        let handler = RecordingHandler(onLine: { _, child in
            child.beginTermination(TerminationSteps(inputClosedGrace: .seconds(600), terminateGrace: .seconds(600)))
            child.beginTermination(.kill)
            child.beginTermination(TerminationSteps(inputClosedGrace: .seconds(600), terminateGrace: .seconds(600)))
        })
        #expect(await self.runner.run(script.launch(), handler: handler).signal == SIGKILL)
    }

    @Test func `SIGTERM comes before SIGKILL`() async throws {
        let script = try Script(#"trap 'exit 143' TERM; echo '{"type":"up"}'; while :; do sleep 0.05; done"#)
        defer { script.remove() }
        let handler = RecordingHandler(onLine: { _, child in
            child.beginTermination(TerminationSteps(inputClosedGrace: .zero, terminateGrace: .seconds(60)))
        })
        #expect(await self.runner.run(script.launch(), handler: handler).code == 143)
    }

    @Test func `an interrupt reaches the child`() async throws {
        let script = try Script(#"trap 'exit 5' INT; echo '{"type":"up"}'; while :; do sleep 0.05; done"#)
        defer { script.remove() }
        let handler = RecordingHandler(onLine: { _, child in child.signal(.interrupt) })
        #expect(await self.runner.run(script.launch(), handler: handler).code == 5)
    }

    @Test func `a shell in a session of its own does not outlive the child`() async throws {
        let script = try Script(#"setsid bash -c 'echo "{\"pid\":$$}"; exec sleep 600' & sleep 0.5; exit 0"#)
        defer { script.remove() }
        let handler = RecordingHandler()
        let exit = await self.runner.run(script.launch(), handler: handler)
        #expect(exit.code == 0)
        #expect(exit.swept == 1)
        #expect(exit.survivors.isEmpty)
        let pid = try #require(await handler.pids.first)
        #expect(isAlive(pid) == false)
    }

    @Test func `one that dropped the mark is found below the child before the kill`() async throws {
        let script = try Script(
            #"env -i setsid /bin/bash -c 'echo "{\"pid\":$$}"; exec sleep 600' & trap '' TERM; wait; sleep 600"#
        )
        defer { script.remove() }
        let handler = RecordingHandler(onLine: { _, child in child.beginTermination(.kill) })
        let exit = await self.runner.run(script.launch(), handler: handler)
        #expect(exit.signal == SIGKILL)
        let pid = try #require(await handler.pids.first)
        #expect(isAlive(pid) == false)
    }

    @Test func `a child that closes its stdin early can go on talking`() async throws {
        let script = try Script(
            #"exec 0<&-; echo '{"type":"closed"}'; sleep 0.3; echo '{"type":"still here"}'; exit 0"#
        )
        defer { script.remove() }
        let handler = RecordingHandler(onLine: { _, child in for _ in 0..<10 { _ = child.send(json("{}")) } })
        let exit = await self.runner.run(script.launch(), handler: handler)
        #expect(exit.code == 0)
        #expect(await handler.lines.map(\.type) == ["closed", "still here"])
    }

    @Test func `a child that closes its output is ended`() async throws {
        let script = try Script(#"exec 1>&-; exec 2>&-; trap 'exit 9' TERM; while read -r line; do :; done; exit 4"#)
        defer { script.remove() }
        #expect(await self.runner.run(script.launch(), handler: RecordingHandler()).code == 4)
    }

    @Test func `a child that never reads is full and can still be ended`() async throws {
        let script = try Script(#"echo '{"type":"up"}'; exec sleep 600"#)
        defer { script.remove() }
        let outcomes = Shared<[AgentSendOutcome]>([])
        let big = ByteBuffer(repeating: UInt8(ascii: " "), count: 1_000_000)
        let handler = RecordingHandler(onLine: { _, child in
            outcomes.value = (0..<6).map { _ in child.send(big) }
            child.beginTermination(TerminationSteps(inputClosedGrace: .milliseconds(50), terminateGrace: .seconds(60)))
            outcomes.value.append(child.send(big))
        })
        let exit = await self.runner.run(script.launch(limits: AgentLimits(maximumQueuedLines: 3)), handler: handler)
        #expect(exit.signal == SIGTERM)
        #expect(outcomes.value.first == .queued)
        #expect(outcomes.value.contains(.full))
        #expect(outcomes.value.last == .closed)
    }

    @Test(.timeLimit(.minutes(1))) func `a write that takes too long makes the queue full`() async throws {
        let script = try Script(#"while :; do echo '{"type":"tick"}'; sleep 0.02; done"#)
        defer { script.remove() }
        let outcomes = Shared<[AgentSendOutcome]>([])
        let big = ByteBuffer(repeating: UInt8(ascii: " "), count: 1_000_000)
        let handler = RecordingHandler(onLine: { _, child in
            let outcome = child.send(big)
            outcomes.value.append(outcome)
            if outcome != .queued { child.beginTermination(.kill) }
        })
        // So many lines may wait that only the time can be what fills the queue.
        let limits = AgentLimits(maximumQueuedLines: 1_000_000, writeTimeout: .milliseconds(50))
        _ = await self.runner.run(script.launch(limits: limits), handler: handler)
        #expect(outcomes.value.first == .queued)
        #expect(outcomes.value.contains(.full))
    }

    @Test func `cancelling the caller ends the child and all below it`() async throws {
        let script = try Script(
            #"trap '' TERM; setsid sleep 600 & echo "{\"pid\":$!}"; echo "{\"pid\":$$}"; while :; do sleep 0.05; done"#
        )
        defer { script.remove() }
        let (started, start) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let handler = RecordingHandler(onLine: { _, _ in start.yield() })
        let runner = self.runner
        let exit = await withTaskGroup(of: AgentExit.self) { group in
            group.addTask { await runner.run(script.launch(), handler: handler) }
            for await _ in started where await handler.lines.count == 2 { break }
            group.cancelAll()
            return await group.next()
        }
        #expect(exit?.signal == SIGKILL)
        let pids = await handler.pids
        #expect(pids.count == 2)
        #expect(pids.filter { isAlive($0) }.isEmpty)
    }

    @Test func `a task that is cancelled already starts nothing`() async throws {
        let script = try Script("exit 0")
        defer { script.remove() }
        let runner = self.runner
        let exit = await withTaskGroup(of: AgentExit.self) { group in
            group.cancelAll()
            group.addTask { await runner.run(script.launch(), handler: RecordingHandler()) }
            return await group.next()
        }
        #expect(exit?.launchFailure != nil)
    }

    @Test func `many children at once are kept apart`() async throws {
        let script = try Script(#"read -r line; for i in 1 2 3 4 5; do echo "$line"; done; cat > /dev/null"#)
        defer { script.remove() }
        let runner = self.runner
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    let handler = RecordingHandler(
                        onStart: { _ = $0.send(ByteBuffer(string: "{\"n\":\(number)}")) },
                        onLine: { _, child in child.beginTermination(TerminationSteps()) }
                    )
                    let exit = await runner.run(script.launch(), handler: handler)
                    #expect(exit.code == 0)
                    let numbers = await handler.lines.map { JSONObject($0.bytes)?.int("n") }
                    #expect(numbers == Array(repeating: number, count: 5))
                }
            }
            try await group.waitForAll()
        }
    }
}
