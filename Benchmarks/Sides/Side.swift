/// One way from a program to an agent and back.
protocol Side: AnyObject {
    var name: String { get }
    /// What comes back.
    var watch: TurnWatch { get }
    /// False once the way back is closed.
    var isOpen: Bool { get }
    /// Writes a prompt; the watch has noted the time just before.
    func write(prompt: String) throws
}

extension Side {
    /// One turn from the prompt to its end.
    ///
    /// - Parameters:
    ///   - prompt: without characters that JSON escapes.
    ///   - pump: reads what comes back.
    ///   - seconds: how long it may take.
    /// - Throws: `BenchmarkError` when it takes longer.
    func turn(_ prompt: String, _ pump: Pump, within seconds: Double = 30) throws {
        self.watch.begin()
        try self.write(prompt: prompt)
        try pump.run(for: seconds, "end of a turn (\(self.name))") { self.watch.hasEnded || !self.isOpen }
        guard self.watch.hasEnded else { throw BenchmarkError("the stream ended within a turn (\(self.name))") }
    }
}
