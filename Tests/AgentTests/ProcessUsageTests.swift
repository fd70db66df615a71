import Foundation
import Testing

@testable import Agent

@Suite struct ProcessUsageTests {
    @Test func `this process has memory and has worked`() throws {
        let usage = try #require(ProcessUsage.now(of: getpid()))
        #expect(usage.residentBytes > 1 << 20)
        // Reads again until the kernel's clock has ticked, which it does while this works.
        let deadline = ContinuousClock.now + .seconds(10)
        while try #require(ProcessUsage.now(of: getpid())).processorTime == .zero { #expect(.now < deadline) }
    }

    @Test func `a process that is gone has nothing`() {
        #expect(ProcessUsage.now(of: Int32.max) == nil)
    }

    @Test func `the fields are those of the manual, whatever the name`() throws {
        // Field 3 is the state, and field n has the value n, as proc_pid_stat(5) counts them.
        let fields = (4...52).map(String.init).joined(separator: " ")
        let stat = Array("42 (a) 1 (b c) S \(fields)".utf8)
        let usage = try #require(ProcessUsage(stat: stat, ticksPerSecond: 100, pageBytes: 4096))
        #expect(usage.processorTime == .milliseconds((14 + 15) * 10))
        #expect(usage.residentBytes == 24 * 4096)
        #expect(ProcessUsage(stat: Array("42 (a) S 1 2".utf8), ticksPerSecond: 100, pageBytes: 4096) == nil)
        #expect(ProcessUsage(stat: [], ticksPerSecond: 100, pageBytes: 4096) == nil)
    }
}
