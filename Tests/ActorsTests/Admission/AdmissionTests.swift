import Agent
import NIOCore
import Storage
import Synchronization
import Testing

@testable import Actors

/// Processes and memory as sessions meet them: many at once, and those who wait.
@Suite(.timeLimit(.minutes(2))) struct AdmissionTests {
    private static func codes(_ house: House, creates count: Int) async -> [SessionError.Code?] {
        await withTaskGroup(of: SessionError.Code?.self) { group in
            for _ in 0..<count {
                group.addTask {
                    do throws(SessionError) {
                        _ = try await house.supervisor.create(SessionOptions(), for: .system)
                        return nil
                    } catch {
                        return error.code
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func `500 creates at once against 20 processes run 20, and a bounded line waits`() async throws {
        let house = House { configuration in
            configuration.maximumSessions = 1000
            configuration.admission.maximumRunning = 20
            configuration.admission.maximumWaiting = 30
        }
        try await House.play(house) { house, _ in
            let codes = await Self.codes(house, creates: 500)
            for _ in 0..<20 { _ = try await house.runner.next() }
            try await within { while house.supervisor.admission.runningCount < 20 { await Task.yield() } }
            #expect(house.runner.mostRunning == 20)
            #expect(house.supervisor.admission.runningCount == 20)
            #expect(codes.count { $0 == nil } == 50)
            #expect(codes.count { $0 == .admissionFull } == 450)
            let waiting = await house.supervisor.summaries().compactMap(\.admissionPosition)
            #expect(waiting.sorted() == Array(1...30))
        }
    }

    @Test func `a limit that is raised lets in who waits, and one that is lowered ends nobody`() async throws {
        let house = House { $0.admission.maximumRunning = 1 }
        try await House.play(house) { house, _ in
            #expect(await Self.codes(house, creates: 4) == [nil, nil, nil, nil])
            _ = try await house.runner.next()
            #expect(house.runner.mostRunning == 1)
            await house.supervisor.update { $0.admission.maximumRunning = 3 }
            for _ in 0..<2 { _ = try await house.runner.next() }
            await house.supervisor.update { $0.admission.maximumRunning = 1 }
            #expect(house.supervisor.admission.runningCount == 3)
            #expect(house.supervisor.admission.waitingCount == 1)
        }
    }

    @Test func `500 creates at once run as many as the memory holds`() async throws {
        let house = House { configuration in
            configuration.maximumSessions = 1000
            configuration.admission.maximumWaiting = 1000
            configuration.admission.memoryPerProcess = 100
            configuration.admission.memory = { (available: 2_550, floor: 500) }
        }
        try await House.play(house) { house, _ in
            let codes = await Self.codes(house, creates: 500)
            #expect(codes.allSatisfy { $0 == nil })
            for _ in 0..<20 { _ = try await house.runner.next() }
            try await within { while house.supervisor.admission.waitingCount < 480 { await Task.yield() } }
            #expect(house.runner.mostRunning == 20)
            #expect(await house.supervisor.summaries().count { $0.waitingOn == .admission } == 480)
        }
    }

    @Test func `one that waits says so, and its process starts when another has gone`() async throws {
        try await House.play(House { $0.admission.maximumRunning = 1 }) { house, _ in
            let (first, _) = try await house.ready()
            let second = try await house.create()
            var reader = LogReader(second.log)
            while try await reader.data("session.state").string("waiting_on") != "admission" {}
            #expect(await second.summary().admissionPosition == 1)
            #expect(await second.summary().state == .starting)
            try await house.end(first)
            _ = try await house.runner.next()
            while try await reader.data("session.state").string("state") != "idle" {}
            #expect(await second.summary().admissionPosition == nil)
        }
    }

    @Test func `one that is ended while it waits leaves the line at once and starts nothing`() async throws {
        try await House.play(House { $0.admission.maximumRunning = 1 }) { house, _ in
            _ = try await house.ready()
            let second = try await house.create()
            try await within { while house.supervisor.admission.waitingCount == 0 { await Task.yield() } }
            try await house.end(second)
            #expect(house.supervisor.admission.waitingCount == 0)
            #expect(house.runner.mostRunning == 1)
        }
    }

    @Test func `an idle process is given back for one that waits`() async throws {
        try await House.play(House { $0.admission.maximumRunning = 1 }) { house, _ in
            let (first, _) = try await house.ready()
            let second = try await house.create()
            try await within { while house.supervisor.admission.waitingCount == 0 { await Task.yield() } }
            await house.supervisor.sweep()
            _ = try await house.runner.next()
            #expect(await first.summary().state == .hibernated)
            #expect(await second.summary().admissionPosition == nil)
        }
    }

    @Test func `a key has its own number of sessions, and what it may spend a day`() async throws {
        let limits = Mutex(KeyLimits(sessions: 2, usdPerDay: 1))
        let house = House { $0.admission.keyLimits = { _ in limits.withLock { $0 } } }
        let key = AccessKey(id: "k1", name: "a", digest: "", scopes: Scope.usual, createdAt: "")
        try await House.play(house) { house, _ in
            let session = try await house.supervisor.create(SessionOptions(), for: Caller(key))
            _ = try await house.supervisor.create(SessionOptions(), for: Caller(key))
            await #expect(throws: SessionError.self) {
                try await house.supervisor.create(SessionOptions(), for: Caller(key))
            }
            let kept = await session.daySpending
            let spending = try #require(kept)
            let today = String(Timestamp.now().prefix(10))
            func spend(_ amount: Double, on day: String) {
                let entry = UsageEntry(day: day, session: "k1~x", model: "m", turns: 1, costUSD: amount)
                spending.add([entry], of: "k1", today: today)
            }
            spend(5, on: "2001-01-01")
            spend(0.5, on: today)
            _ = try await session.submit(content: ByteBuffer(string: "\"hi\""))
            spend(0.5, on: today)
            do throws(SessionError) {
                _ = try await session.submit(content: ByteBuffer(string: "\"hi\""))
                Issue.record("a key that has spent its day's budget was served")
            } catch {
                #expect(error.code == .keyBudgetReached && error.retryAfter != nil)
            }
            limits.withLock { $0.usdPerDay = 2 }
            _ = try await session.submit(content: ByteBuffer(string: "\"hi\""))
        }
    }
}
