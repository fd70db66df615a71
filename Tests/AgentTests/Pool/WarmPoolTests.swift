import Foundation
import NIOCore
import SystemPackage
import Testing

@testable import Agent

/// Without processes: what a pool says to a runner that plays them, and to sessions.
@Suite(.timeLimit(.minutes(2))) struct WarmPoolTests {
    @Test func `a session is answered from the recording and then by the process`() async throws {
        let stage = PoolStage { $0.refillDelay = .seconds(3600) }
        try await stage.live {
            try await stage.waitForReady(1)
            let child = try stage.runner.child(1)
            child.print(#"{"type":"early"}"#, #"{"type":"keep_alive"}"#)
            try await waitUntil("reader") { stage.log.count("1 was read") == 2 }
            let guest = stage.guest("s")
            async let exit = stage.pool.run(PoolStage.launch("s"), handler: guest)
            try await waitUntil("answer") { await guest.lines.count == 2 }
            let leased = try #require(await guest.child)
            #expect(leased.send(ControlProtocol.userMessage(uuid: "u", content: .text("hi"))) == .queued)
            leased.signal(.interrupt)
            #expect(leased.send(ControlProtocol.initialize(requestID: "again")) == .queued)
            try await waitUntil("second answer") { await guest.lines.count == 3 }
            child.print(#"{"type":"result"}"#)
            try await waitUntil("result") { stage.log.all.last == "1 was read" }
            child.exit(AgentExit(code: 3))
            #expect(await exit == AgentExit(code: 3))
            #expect(
                stage.log.all == [
                    "1 runs for pool", "1 < initialize", "1 prints", "1 was read", "1 prints", "1 was read", "s has 1",
                    "s > early",
                    "s > control_response", "1 < user", "1 < interrupt", "1 < initialize", "1 prints",
                    "s > control_response",
                    "1 was read", "1 prints", "s > result", "1 was read", "1 is gone",
                ]
            )
            let answer = try ControlResponse(await guest.lines[1].bytes)
            #expect(answer == (try ControlResponse(json(Self.answer("s")))))
            #expect(leased.conversationID == child.launch.conversation.id)
            #expect(leased.send(json("{}")) == .queued)
        }
    }

    private static func answer(_ requestID: String) -> String {
        #"{"type":"control_response","response":{"subtype":"success","request_id":"\#(requestID)","#
            + #""response":{"pid":1}}}"#
    }

    @Test func `each process has a conversation and a mark of its own, and the template's all else`() async throws {
        let stage = PoolStage(size: 2)
        try await stage.live {
            try await stage.waitForReady(2)
            let first = try stage.runner.child(1).launch
            let second = try stage.runner.child(2).launch
            #expect(first.conversation != second.conversation)
            #expect(UUID(uuidString: first.conversation.id) != nil)
            #expect(first.owner != second.owner)
            #expect(first.owner.description.hasPrefix(OwnerMark.ownPrefix))
            #expect(first.isServed(by: PoolStage.launch("any")))
        }
    }

    @Test func `an initialize that asks for more is for the process`() async throws {
        let stage = PoolStage { $0.refillDelay = .seconds(3600) }
        try await stage.live {
            try await stage.waitForReady(1)
            let guest = RecordingHandler(onStart: { child in
                _ = child.send(ControlProtocol.initialize(requestID: "s", forwardSubagentText: true))
            })
            async let exit = stage.pool.run(PoolStage.launch("s"), handler: guest)
            try await waitUntil("answer") { await guest.lines.count == 1 }
            #expect(stage.log.count("1 < initialize") == 2)
            try stage.runner.child(1).exit(AgentExit())
            _ = await exit
        }
    }

    @Test func `a process is read on when the session has dealt with what it printed`() async throws {
        let process = PoolStage.process()
        let runner = PlayedRunner()
        let guest = SlowHandler()
        async let end = runner.run(process.launch, handler: process)
        try await waitUntil("reader") { runner.log.count("1 was read") == 1 }
        let leased = try #require(process.lease())
        async let exit = process.serve(leased, to: guest, spillsTo: nil)
        let child = try runner.child(1)
        // The answer is not the reader's: that the session has dealt with it says nothing of what was printed meanwhile.
        #expect(leased.send(ControlProtocol.initialize(requestID: "s")) == .queued)
        try await waitUntil("answer") { await guest.types == ["control_response"] }
        child.print(#"{"type":"a"}"#)
        child.print(#"{"type":"b"}"#)
        try await waitUntil("batch in the seam") { process.isHeldUp }
        await guest.letGo()
        try await waitUntil("first batch") { await guest.types.count == 2 }
        #expect(process.isHeldUp)
        #expect(runner.log.count("1 prints") == 2)
        await guest.letGo()
        try await waitUntil("the rest") { await guest.types == ["control_response", "a", "b"] }
        #expect(runner.log.count("1 was read") == 2)
        await guest.letGo()
        child.exit(AgentExit(code: 1))
        process.finish(await end)
        #expect(await exit.code == 1)
    }

    @Test func `one is started at a time, and one more for each that is leased`() async throws {
        let stage = PoolStage(size: 3)
        stage.runner.answer(false)
        try await stage.live {
            for number in 1...3 {
                try await waitUntil("start") { stage.log.count("\(number) < initialize") == 1 }
                #expect(stage.runner.count == number)
                #expect((stage.pool.status.ready, stage.pool.status.starting) == (number - 1, 1))
                try stage.runner.child(number).print(Self.answer("troupe_warm"))
            }
            try await stage.waitForReady(3)
            #expect(stage.pool.status.pids == [1, 2, 3])
            async let exit = stage.pool.run(PoolStage.launch("s"), handler: stage.guest("s"))
            try await waitUntil("refill") { stage.log.count("4 < initialize") == 1 }
            try await waitUntil("lease") { stage.log.count("s has 3") == 1 }
            #expect((stage.pool.status.ready, stage.pool.status.leased, stage.pool.status.leases) == (2, 1, 1))
            #expect(stage.pool.status.pids == [1, 2, 4])
            try stage.runner.child(3).exit(AgentExit(code: 0))
            #expect(await exit.code == 0)
            #expect((stage.pool.status.leased, stage.pool.status.leases) == (0, 1))
        }
    }

    @Test func `a miss does not wait for the one that starts`() async throws {
        let stage = PoolStage()
        stage.runner.answer(false)
        try await stage.live {
            try await waitUntil("start") { stage.log.count("1 < initialize") == 1 }
            async let exit = stage.pool.run(PoolStage.launch("s"), handler: stage.guest("s"))
            try await waitUntil("passing through") { stage.log.count("2 runs for s") == 1 }
            #expect(stage.pool.status.misses == 1)
            try stage.runner.child(2).exit(AgentExit(code: 5))
            #expect(await exit.code == 5)
        }
    }

    @Test func `a launch that differs passes through and is no miss`() async throws {
        let stage = PoolStage()
        try await stage.live {
            try await stage.waitForReady(1)
            var launch = PoolStage.launch("s")
            launch.model = "haiku"
            async let exit = stage.pool.run(launch, handler: stage.guest("s"))
            try await waitUntil("passing through") { stage.log.count("s > control_response") == 1 }
            #expect(stage.log.count("2 runs for s") == 1)
            #expect((stage.pool.status.ready, stage.pool.status.misses, stage.pool.status.leases) == (1, 0, 0))
            try stage.runner.child(2).exit(AgentExit())
            _ = await exit
        }
    }

    @Test func `one that dies or does not answer is replaced`() async throws {
        let stage = PoolStage { $0.answerTimeout = .milliseconds(100) }
        stage.runner.answer(false)
        try await stage.live {
            try await waitUntil("end of what does not answer") { stage.log.count("1 is gone") == 1 }
            #expect(stage.log.count("1 told to end") == 1)
            stage.runner.answer(true)
            try await stage.waitForReady(1)
            let failures = stage.pool.status.failures
            #expect(failures >= 1)
            let pids = stage.pool.status.pids
            try stage.runner.child(Int(try #require(pids.first))).exit(AgentExit(signal: 9))
            try await waitUntil("replacement") { stage.pool.status.ready == 1 && stage.pool.status.pids != pids }
            #expect(stage.pool.status.failures > failures)
        }
    }

    @Test func `one that refuses to initialize, or talks without end, is of no use`() async throws {
        let stage = PoolStage()
        stage.runner.answer(false)
        try await stage.live {
            try await waitUntil("start") { stage.log.count("1 < initialize") == 1 }
            stage.runner.answer(true)
            let refusal = ControlProtocol.error(requestID: "troupe_warm", message: "no")
            try stage.runner.child(1).print(String(buffer: refusal))
            try await waitUntil("end") { stage.log.count("1 is gone") == 1 }
            try await stage.waitForReady(1)
            let last = try stage.runner.child(stage.runner.count)
            let line = try #require(AgentLine(json(#"{"type":"chatter"}"#)))
            last.print(Array(repeating: line, count: WarmProcess.maximumEarlyLines + 1))
            try await waitUntil("end") { stage.log.count("\(last.pid) is gone") == 1 }
            #expect(stage.log.count("\(last.pid) told to end") == 1)
        }
    }

    @Test func `one that is too old is replaced`() async throws {
        let stage = PoolStage { $0.maximumAge = .milliseconds(50) }
        try await stage.live {
            try await waitUntil("replacement") { stage.log.count("2 < initialize") == 1 }
            #expect(stage.log.count("1 told to end") == 1)
            #expect(stage.pool.status.failures == 0)
        }
    }

    @Test func `nothing is started without leave`() async throws {
        let leave = Shared(false)
        let asked = Shared(0)
        let stage = PoolStage(mayStart: {
            asked.value += 1
            return leave.value
        })
        try await stage.live {
            try await waitUntil("questions") { asked.value > 3 }
            #expect(stage.runner.count == 0)
            leave.value = true
            try await stage.waitForReady(1)
        }
    }

    @Test func `another size is another number of processes`() async throws {
        let stage = PoolStage(size: 0)
        try await stage.live {
            stage.pool.setSize(2)
            try await stage.waitForReady(2)
            stage.pool.setSize(1)
            try await waitUntil("end") { stage.log.count("1 is gone") == 1 }
            #expect((stage.pool.status.ready, stage.pool.status.size) == (1, 1))
        }
        #expect(stage.runner.count == 2)
    }

    @Test func `when it stops, leased ones live on, and it returns after them`() async throws {
        let stage = PoolStage(size: 2)
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask {
                await stage.pool.run()
                stage.log.note("pool over")
                return "pool"
            }
            try await stage.waitForReady(2)
            group.addTask {
                _ = await stage.pool.run(PoolStage.launch("s"), handler: stage.guest("s"))
                return "session"
            }
            try await waitUntil("lease") { stage.log.count("s > control_response") == 1 }
            try await stage.waitForReady(2)
            stage.pool.beginShutdown()
            try await waitUntil("end of the others") { stage.pool.status.pids.isEmpty }
            #expect(stage.log.count("2 is gone") == 0)
            async let other = stage.pool.run(PoolStage.launch("t"), handler: stage.guest("t"))
            try await waitUntil("passing through") { stage.log.count("4 runs for t") == 1 }
            try stage.runner.child(4).exit(AgentExit())
            _ = await other
            try stage.runner.child(2).print(#"{"type":"result"}"#)
            try await waitUntil("result") { stage.log.count("s > result") == 1 }
            #expect(stage.log.count("pool over") == 0)
            try stage.runner.child(2).exit(AgentExit(code: 0))
            try await group.waitForAll()
        }
        #expect(stage.pool.status.ready == 0)
    }

    @Test func `cancelling the pool ends everything, what is leased too`() async throws {
        let stage = PoolStage(size: 1) { $0.refillDelay = .seconds(3600) }
        try await withThrowingTaskGroup(of: AgentExit?.self) { group in
            let pool = Task { await stage.pool.run() }
            try await stage.waitForReady(1)
            group.addTask { await stage.pool.run(PoolStage.launch("s"), handler: stage.guest("s")) }
            try await waitUntil("lease") { stage.log.count("s > control_response") == 1 }
            pool.cancel()
            await pool.value
            #expect(stage.log.count("1 is gone") == 1)
            #expect(try await group.next() == AgentExit(signal: 9))
        }
    }

    @Test func `cancelling a session ends its process at once, and no other`() async throws {
        let stage = PoolStage(size: 2) { $0.refillDelay = .seconds(3600) }
        try await stage.live {
            try await stage.waitForReady(2)
            let exit = try await withThrowingTaskGroup(of: AgentExit?.self) { group in
                group.addTask { await stage.pool.run(PoolStage.launch("s"), handler: stage.guest("s")) }
                try await waitUntil("lease") { stage.log.count("s > control_response") == 1 }
                group.cancelAll()
                return try await group.next()
            }
            #expect(exit == AgentExit(code: 0))
            #expect(stage.log.count("2 told to end at once") == 1)
            #expect(stage.log.count("1 is gone") == 0)
            #expect(stage.pool.status.ready == 1)
        }
    }

    @Test func `a process is leased once`() async throws {
        let process = PoolStage.process()
        let runner = PlayedRunner()
        async let exit = runner.run(process.launch, handler: process)
        try await waitUntil("answer") { runner.log.count("1 was read") == 1 }
        #expect(process.lease() != nil)
        #expect(process.lease() == nil)
        process.beginTermination()
        _ = await exit
    }

    @Test func `one that is to end is not leased, and ends as soon as it runs`() async throws {
        let process = PoolStage.process()
        process.beginTermination()
        let runner = PlayedRunner()
        #expect(await runner.run(process.launch, handler: process).code == 0)
        #expect(process.lease() == nil)
        #expect(runner.log.all == ["1 runs for s", "1 told to end at once", "1 is gone"])
    }

    @Test func `after its end a leased process is closed to what the pool would answer`() async throws {
        let stage = PoolStage { $0.refillDelay = .seconds(3600) }
        try await stage.live {
            try await stage.waitForReady(1)
            let guest = RecordingHandler(onStart: { child in
                child.beginTermination(TerminationSteps())
                #expect(child.send(ControlProtocol.initialize(requestID: "s")) == .closed)
            })
            #expect(await stage.pool.run(PoolStage.launch("s"), handler: guest).code == 0)
            #expect(await guest.lines.isEmpty)
        }
    }

    @Test func `files of a process go with it, but long lines to the session`() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let template = PoolStage.launch("template", temporaryDirectory: directory.path)
        let stage = PoolStage(template: template) { $0.refillDelay = .seconds(3600) }
        try await stage.live {
            try await stage.waitForReady(1)
            let child = try stage.runner.child(1)
            let own = try #require(child.launch.temporaryDirectory)
            #expect(own.removingLastComponent() == directory.path)
            try FileManager.default.createDirectory(atPath: own.string, withIntermediateDirectories: false)
            try "long".write(toFile: own.appending("line-1.json").string, atomically: false, encoding: .utf8)
            let guest = stage.guest("s")
            let session = directory.path.appending("session")
            let launch = PoolStage.launch("s", temporaryDirectory: session)
            async let exit = stage.pool.run(launch, handler: guest)
            try await waitUntil("answer") { await guest.lines.count == 1 }
            let path = own.appending("line-1.json").string
            child.print([try #require(AgentLine(.spilled(path: path, bytes: 4, prefix: json("lo"))))])
            child.exit(AgentExit())
            _ = await exit
            #expect(try directory.contents == ["session"])
            let line = try #require(await guest.lines.last)
            #expect(line.kind == .spilled(path: session.appending("line-1.json").string, bytes: 4))
            #expect(try String(contentsOfFile: session.appending("line-1.json").string, encoding: .utf8) == "long")
        }
    }

    @Test func `many sessions at once get a process each, or one of their own`() async throws {
        let stage = PoolStage(size: 4)
        try await stage.live {
            try await stage.waitForReady(4)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let guest = stage.guest("s\(number)")
                        async let exit = stage.pool.run(PoolStage.launch("s\(number)"), handler: guest)
                        try await waitUntil("answer") { await guest.lines.count == 1 }
                        let answer = try ControlResponse(await guest.lines[0].bytes)
                        #expect(answer.requestID == "s\(number)")
                        await guest.child?.beginTermination(TerminationSteps())
                        #expect(await exit.code == 0)
                    }
                }
                try await group.waitForAll()
            }
            let taken = stage.log.all.filter { $0.contains(" has ") }.map { $0.split(separator: " ")[2] }
            #expect(Set(taken).count == 40)
            let status = stage.pool.status
            #expect(status.leases >= 4)
            #expect(status.leases + status.misses == 40)
        }
    }
}

/// Takes its time with every batch, until it is told to go on.
private actor SlowHandler: AgentHandler {
    private(set) var child: (any AgentChild)?
    private(set) var types: [String] = []
    private var waiter: CheckedContinuation<Void, Never>?

    func agentStarted(_ child: any AgentChild) { self.child = child }

    func agentPrinted(_ lines: [AgentLine]) async {
        self.types += lines.map(\.type)
        await withCheckedContinuation { self.waiter = $0 }
    }

    func letGo() {
        self.waiter?.resume()
        self.waiter = nil
    }
}
