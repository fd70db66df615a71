import Foundation
import Logging
import NIOCore
import SystemPackage
import Testing

@testable import Agent

@Suite struct ProcessTreeTests {
    @Test func `this process is in the tree, below its parent`() throws {
        let tree = ProcessTree.now()
        let own = try #require(tree.entries[getpid()])
        #expect(own.parent == getppid())
        #expect(own.group == getpgrp())
        #expect(own.startTime > 0)
        #expect(own.isZombie == false)
        #expect(tree.descendants(of: getppid()).contains(own))
        #expect(ProcessTree.entry(getpid())?.startTime == own.startTime)
    }

    @Test func `a name with spaces and parentheses is no trouble`() throws {
        let fields = (0..<40).map { "\($0 + 100)" }.joined(separator: " ")
        let entry = try #require(ProcessEntry(stat: Array("42 (a) Z (b c) Z 1 2 \(fields)".utf8)))
        #expect(entry.pid == 42)
        #expect(entry.parent == 1)
        #expect(entry.group == 2)
        #expect(entry.isZombie)
        #expect(entry.startTime == 116)
        #expect(ProcessEntry(stat: Array("42 (a".utf8)) == nil)
        #expect(ProcessEntry(stat: []) == nil)
    }

    @Test func `a process that is gone has no entry and gets no signal`() {
        #expect(ProcessTree.entry(Int32.max) == nil)
        #expect(ProcessTree.mark(of: Int32.max) == nil)
    }
}

@Suite struct OwnerMarkTests {
    @Test func `a mark is read as it was written`() throws {
        let mark = OwnerMark(sessionID: "a.b-c")
        #expect(OwnerMark(mark.description) == mark)
        #expect(mark.description.hasPrefix(OwnerMark.ownPrefix))
        #expect(mark.serverPID == getpid())
        #expect(OwnerMark(sessionID: "a").nonce != OwnerMark(sessionID: "a").nonce)
    }

    @Test(arguments: ["", "1", "1.2", "1.2.3", "x.2.s.n", "1.x.s.n", "-1.2.s.n", "0.1.s.n"])
    func `what is no mark is refused`(text: String) {
        #expect(OwnerMark(text) == nil)
    }
}

@Suite struct OrphanSweepTests {
    /// A process that carries the mark of a server that never was, left behind by a shell that ended.
    private func orphan(mark: String) async throws -> Int32 {
        let script = try Script(
            "TROUPE_OWNER='\(mark)' setsid sleep 600 > /dev/null 2>&1 < /dev/null & echo '{\"pid\":'$!'}'"
        )
        defer { script.remove() }
        let handler = RecordingHandler()
        let exit = await ProcessRunner(logger: Logger(label: "test")).run(script.launch(), handler: handler)
        // Another's mark, a session of its own and no parent: the runner leaves it alone.
        #expect(exit.swept == 0)
        return try #require(await handler.pids.first)
    }

    @Test func `processes of dead servers go, those of a living one stay`() async throws {
        let dead = try await self.orphan(mark: "4194300.12345.session.nonce")
        let reusedPID = try await self.orphan(mark: "\(getpid()).1.session.nonce")
        let living = try await self.orphan(mark: OwnerMark(sessionID: "living").description)
        defer { kill(living, SIGKILL) }
        // A server that another test starts may be quicker, so they are not counted.
        _ = await OrphanSweep.sweepDeadOwners()
        #expect(isAlive(dead) == false)
        #expect(isAlive(reusedPID) == false)
        #expect(isAlive(living))
    }

    @Test func `the watchdog ends what carries the prefix, and what was registered, when its pipe closes`() async throws
    {
        // Our own pid and start time: the sweep of the other test must not take them for a dead server's.
        let prefix = "\(OwnerMark.ownPrefix)watchdog-test."
        let marked = try await self.orphan(mark: "\(prefix)n")
        let registered = try await self.orphan(mark: "none")
        let startTime = try #require(ProcessTree.startTime(of: registered))
        var set = WatchedChildren()
        set.receive(WatchedChildren.line(pid: registered, startTime: startTime, isGone: false).utf8)
        #expect(Watchdog.endAll(set.startTimes, ownerPrefix: prefix))
        #expect(isAlive(marked) == false)
        #expect(isAlive(registered) == false)
    }
}

@Suite struct SubreaperTests {
    @Test(.timeLimit(.minutes(1))) func `an adopted orphan is reaped when it was a zombie twice`() async throws {
        try Subreaper.enable()
        let script = try Script(
            "TROUPE_OWNER='none' setsid sleep 600 > /dev/null 2>&1 < /dev/null & echo '{\"pid\":'$!'}'"
        )
        defer { script.remove() }
        let handler = RecordingHandler()
        _ = await ProcessRunner(logger: Logger(label: "test")).run(script.launch(), handler: handler)
        let pid = try #require(await handler.pids.first)
        #expect(ProcessTree.entry(pid)?.parent == getpid())
        kill(pid, SIGKILL)
        while isAlive(pid) { await Task.yield() }

        ManagedChildren.insert(pid)
        #expect(Subreaper.reapOnce([:])[pid] == nil)
        ManagedChildren.remove(pid)
        // Only this one goes into the second scan: others of this process may be waited for by parallel tests.
        let seen = Subreaper.reapOnce([:]).filter { $0.key == pid }
        #expect(seen.count == 1)
        _ = Subreaper.reapOnce(seen)
        #expect(ProcessTree.entry(pid) == nil)
    }
}

@Suite struct WatchedChildrenTests {
    @Test func `lines may come in pieces, and nonsense is ignored`() {
        var children = WatchedChildren()
        for byte in "+12 345\n+13 1\nhello\n\n+x 1\n-12 999\n-13 1\n+14 ".utf8 { children.receive([byte]) }
        #expect(children.startTimes == [12: 345])
    }
}

@Suite struct WatchdogGuardTests {
    /// Tells what it reads in a file, and leaves when its stdin closes, as a watchdog does.
    @Test(.timeLimit(.minutes(1))) func `a watchdog is told everything, started again when it dies, and ends`()
        async throws
    {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let log = directory.path.appending("log").string
        let script = try Script("echo start >> \(log); cat >> \(log); echo end >> \(log)")
        defer { script.remove() }
        let watchdog = WatchdogGuard(executable: script.path, arguments: [], logger: Logger(label: "test"))
        watchdog.register(pid: 12, startTime: 34)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watchdog.run() }
            try await self.wait(log) { $0 == "start\n+12 34\n" }
            watchdog.register(pid: 56, startTime: 78)
            watchdog.unregister(pid: 12, startTime: 34)
            try await self.wait(log) { $0.hasSuffix("+56 78\n-12 34\n") }
            let first = try #require(watchdog.pid)
            let tree = ProcessTree.now().descendants(of: first)
            kill(first, SIGKILL)
            for entry in tree { kill(entry.pid, SIGKILL) }
            try await self.wait(log) { $0.hasSuffix("start\n+56 78\n") }
            #expect(watchdog.pid != first)
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(try String(contentsOfFile: log, encoding: .utf8).hasSuffix("start\n+56 78\nend\n"))
        #expect(watchdog.pid == nil)
    }

    /// Looks again until the file is as wanted; the suite's time limit bounds it.
    private func wait(_ path: String, until isDone: (String) -> Bool) async throws {
        while !isDone((try? String(contentsOfFile: path, encoding: .utf8)) ?? "") {
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
