import NIOCore
import Testing

@testable import Agent

/// Starts wait for one another, and never for longer than they must.
@Suite(.timeLimit(.minutes(1))) struct StartPacingTests {
    private let runner = PlayedRunner()

    private func run(_ name: String, _ pacing: StartPacing) -> Task<AgentExit, Never> {
        Task {
            let handler = RecordingHandler(onStart: { _ in }, onLine: { _, _ in })
            return await pacing.run(PoolStage.launch(name), handler: handler)
        }
    }

    /// Starts one after the other, so that their order is known.
    private func queue(_ names: [String], _ pacing: StartPacing) async throws -> [Task<AgentExit, Never>] {
        var tasks: [Task<AgentExit, Never>] = []
        for name in names {
            let (count, waiting) = (self.runner.count, pacing.waitingCount)
            tasks.append(self.run(name, pacing))
            try await waitUntil("\(name) is known") { self.runner.count > count || pacing.waitingCount > waiting }
        }
        return tasks
    }

    private func finish(_ number: Int) async throws {
        try await waitUntil("child \(number)") { self.runner.count >= number }
        try self.runner.child(number).exit(AgentExit(code: 0))
    }

    @Test func `no more than so many are between their start and their first line`() async throws {
        let pacing = StartPacing(self.runner, maximumStarting: 2)
        let tasks = try await self.queue(["a", "b", "c", "d"], pacing)
        #expect(self.runner.count == 2 && pacing.waitingCount == 2)
        try self.runner.child(1).print(#"{"type":"control_response"}"#)
        try await waitUntil("the third") { self.runner.count == 3 }
        #expect(pacing.waitingCount == 1)
        // Its later lines give no second place free.
        try self.runner.child(1).print(#"{"type":"result"}"#)
        try await waitUntil("it was read") { self.runner.log.count("1 was read") == 2 }
        #expect(self.runner.count == 3 && pacing.waitingCount == 1)
        try self.runner.child(1).exit(AgentExit(code: 0))
        _ = await tasks[0].value
        #expect(self.runner.count == 3 && pacing.waitingCount == 1)
        for number in [2, 3, 4] { try await self.finish(number) }
        for task in tasks { #expect(await task.value.code == 0) }
    }

    @Test func `they start in the order in which they came`() async throws {
        let pacing = StartPacing(self.runner, maximumStarting: 1)
        let names = (0..<10).map { "s\($0)" }
        let tasks = try await self.queue(names, pacing)
        for number in 1...10 { try await self.finish(number) }
        for task in tasks { _ = await task.value }
        let started = self.runner.log.all.filter { $0.contains("runs for") }
        #expect(started == names.enumerated().map { "\($0.offset + 1) runs for \($0.element)" })
    }

    @Test func `a start that dies without a word gives its place free`() async throws {
        let pacing = StartPacing(self.runner, maximumStarting: 1)
        let tasks = try await self.queue(["a", "b"], pacing)
        try self.runner.child(1).exit(AgentExit(code: 1))
        #expect(await tasks[0].value.code == 1)
        try await waitUntil("the second") { self.runner.count == 2 }
        try await self.finish(2)
        #expect(await tasks[1].value.code == 0)
        #expect(pacing.waitingCount == 0)
    }

    @Test func `one that is cancelled while it waits never starts, and the others move up`() async throws {
        let pacing = StartPacing(self.runner, maximumStarting: 1)
        let tasks = try await self.queue(["a", "b", "c"], pacing)
        tasks[1].cancel()
        #expect(await tasks[1].value.launchFailure == "cancelled before it was started")
        #expect(pacing.waitingCount == 1)
        try await self.finish(1)
        try await waitUntil("the third") { self.runner.log.count("2 runs for c") == 1 }
        try await self.finish(2)
        for task in tasks { _ = await task.value }
    }

    @Test func `one that was cancelled before it came does not wait`() async throws {
        let pacing = StartPacing(self.runner, maximumStarting: 1)
        let first = try await self.queue(["a"], pacing)
        let second = self.run("b", pacing)
        second.cancel()
        #expect(await second.value.launchFailure != nil)
        try await self.finish(1)
        _ = await first[0].value
        // The place is still there.
        let third = try await self.queue(["c"], pacing)
        try await waitUntil("the last") { self.runner.log.all.contains { $0.hasSuffix("runs for c") } }
        try await self.finish(self.runner.count)
        _ = await third[0].value
    }

    @Test(arguments: [0, -3, 1])
    func `one place is the least`(places: Int) async throws {
        let pacing = StartPacing(self.runner, maximumStarting: places)
        let tasks = try await self.queue(["a"], pacing)
        try await self.finish(1)
        #expect(await tasks[0].value.code == 0)
    }

    @Test func `a crowd that comes, starts and is cancelled leaves every place free`() async throws {
        let pacing = StartPacing(self.runner, maximumStarting: 3)
        let crowd = (0..<60).map { self.run("s\($0)", pacing) }
        for (number, task) in crowd.enumerated() where number % 3 == 0 { task.cancel() }
        var finished = 0
        try await waitUntil("all have ended or wait for nothing") {
            while finished < self.runner.count {
                finished += 1
                try self.runner.child(finished).exit(AgentExit(code: 0))
            }
            return pacing.waitingCount == 0 && finished >= 40
        }
        for task in crowd { _ = await task.value }
        let tasks = try await self.queue(["x", "y", "z", "last"], pacing)
        #expect(pacing.waitingCount == 1)
        while finished < self.runner.count || pacing.waitingCount > 0 {
            finished += 1
            try await self.finish(finished)
        }
        for task in tasks { _ = await task.value }
    }
}
