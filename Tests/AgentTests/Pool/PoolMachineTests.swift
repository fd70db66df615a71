import Testing

@testable import Agent

@Suite struct PoolMachineTests {
    private static let zero = ContinuousClock.now

    private static func machine(size: Int = 1) -> PoolMachine { PoolMachine(size: size, timing: PoolTiming()) }

    /// An instant, by what has passed since the beginning.
    private static func at(_ time: Duration) -> ContinuousClock.Instant { self.zero + time }

    @Test func `the next start waits for the answer to the one before`() {
        var machine = Self.machine(size: 2)
        #expect(machine.start(now: Self.at(.zero)) == 1)
        #expect(machine.start(now: Self.at(.seconds(1))) == nil)
        machine.answered(1, now: Self.at(.seconds(1)))
        #expect(machine.start(now: Self.at(.seconds(1))) == 2)
        machine.answered(2, now: Self.at(.seconds(2)))
        #expect(machine.start(now: Self.at(.seconds(2))) == nil)
        #expect(machine.ready == [2, 1])
    }

    @Test func `a pool of nothing starts nothing`() {
        var machine = Self.machine(size: -1)
        #expect(machine.size == 0)
        #expect(machine.start(now: Self.zero) == nil)
    }

    @Test func `starts that fail are further and further apart`() {
        var machine = Self.machine()
        var now = Self.zero
        var pauses: [Duration] = []
        for number in 1...10 {
            #expect(machine.start(now: now) == number)
            #expect(machine.exited(number, now: now) == true)
            let death = now
            while !machine.wantsStart(now: now) { now += .milliseconds(50) }
            pauses.append(now - death)
        }
        let seconds = [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]
        #expect(pauses == seconds.map { .milliseconds(Int($0 * 1000)) })
        #expect(machine.failures == 10)
    }

    @Test func `a process that answers and dies at once is a failure like any other`() {
        var machine = Self.machine()
        var now = Self.zero
        for number in 1...3 {
            #expect(machine.start(now: now) == number)
            machine.answered(number, now: now)
            #expect(machine.exited(number, now: now) == true)
            now += .seconds(1)
        }
        #expect(machine.failures == 3)
        #expect(machine.start(now: Self.at(.milliseconds(2999))) == nil)
        #expect(machine.start(now: Self.at(.seconds(3))) == 4)
    }

    @Test func `one that held for a while, or that was leased, ends a row of failures`() {
        var machine = Self.machine()
        _ = machine.start(now: Self.zero)
        _ = machine.exited(1, now: Self.zero)
        _ = machine.start(now: Self.at(.seconds(1)))
        machine.answered(2, now: Self.at(.seconds(1)))
        #expect(machine.exited(2, now: Self.at(.seconds(31))) == true)
        #expect(machine.failures == 1)
        _ = machine.start(now: Self.at(.seconds(32)))
        machine.answered(3, now: Self.at(.seconds(32)))
        machine.lease(3, now: Self.at(.seconds(32)))
        #expect(machine.failures == 0)
    }

    @Test func `one that does not answer in time is ended once and counts as a failure`() {
        var machine = Self.machine()
        _ = machine.start(now: Self.zero)
        #expect(machine.takeDoomed(now: Self.at(.seconds(59))) == [])
        #expect(machine.takeDoomed(now: Self.at(.seconds(60))) == [1])
        #expect(machine.takeDoomed(now: Self.at(.seconds(61))) == [])
        machine.answered(1, now: Self.at(.seconds(61)))
        #expect(machine.ready.isEmpty)
        #expect(machine.exited(1, now: Self.at(.seconds(61))) == false)
        #expect(machine.failures == 1)
    }

    @Test func `one that is too old is replaced, and that is no failure`() {
        var machine = Self.machine()
        _ = machine.start(now: Self.zero)
        machine.answered(1, now: Self.at(.seconds(1)))
        #expect(machine.takeDoomed(now: Self.at(.seconds(1799))) == [])
        #expect(machine.takeDoomed(now: Self.at(.seconds(1800))) == [1])
        #expect(machine.start(now: Self.at(.seconds(1800))) == 2)
        #expect(machine.exited(1, now: Self.at(.seconds(1801))) == false)
        #expect(machine.failures == 0)
    }

    @Test func `a leased one is never too old, nor in the way of a new one`() {
        var machine = Self.machine()
        _ = machine.start(now: Self.zero)
        machine.answered(1, now: Self.zero)
        machine.lease(1, now: Self.zero)
        #expect(machine.takeDoomed(now: Self.at(.seconds(7200))) == [])
        #expect(machine.start(now: Self.at(.seconds(7200))) == 2)
        #expect((machine.leased, machine.leases) == (1, 1))
        #expect(machine.exited(1, now: Self.at(.seconds(7300))) == false)
        #expect((machine.leased, machine.leases) == (0, 1))
    }

    @Test func `a lease leaves its turn the processor for a moment, many leases no longer`() {
        var machine = Self.machine(size: 2)
        for number in 1...2 {
            _ = machine.start(now: Self.zero)
            machine.answered(number, now: Self.zero)
        }
        machine.lease(1, now: Self.zero)
        machine.lease(2, now: Self.at(.milliseconds(200)))
        #expect(machine.start(now: Self.at(.milliseconds(299))) == nil)
        #expect(machine.start(now: Self.at(.milliseconds(300))) == 3)
    }

    @Test func `a smaller size ends the one that starts, then the oldest`() {
        var machine = Self.machine(size: 4)
        for number in 1...3 {
            _ = machine.start(now: Self.zero)
            machine.answered(number, now: Self.zero)
        }
        _ = machine.start(now: Self.zero)
        machine.setSize(3)
        #expect(machine.takeDoomed(now: Self.zero) == [4])
        machine.setSize(1)
        #expect(machine.takeDoomed(now: Self.zero) == [1, 2])
        #expect(machine.ready == [3])
        #expect(machine.failures == 0)
    }

    @Test func `when it stops, only leased ones stay, and it is over when they are gone`() {
        var machine = Self.machine(size: 3)
        for number in 1...2 {
            _ = machine.start(now: Self.zero)
            machine.answered(number, now: Self.zero)
        }
        _ = machine.start(now: Self.zero)
        machine.lease(1, now: Self.zero)
        machine.stop()
        #expect(machine.takeDoomed(now: Self.zero) == [2, 3])
        _ = machine.exited(2, now: Self.zero)
        _ = machine.exited(3, now: Self.zero)
        #expect(machine.start(now: Self.at(.seconds(60))) == nil)
        #expect(machine.isOver == false)
        _ = machine.exited(1, now: Self.zero)
        #expect(machine.isOver)
    }
}
