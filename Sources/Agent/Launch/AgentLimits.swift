/// Bounds on what passes between the server and one child.
package struct AgentLimits: Sendable, Equatable {
    /// A longer line of its output goes to a file.
    package var maximumLineBytes: Int
    /// The last bytes of its stderr that are kept.
    package var stderrTailBytes: Int
    /// Lines that wait to be written to it.
    package var maximumQueuedLines: Int
    /// A line that takes longer to write makes further ones refused as `full`.
    package var writeTimeout: Duration

    package init(
        maximumLineBytes: Int = 16 * 1024 * 1024,
        stderrTailBytes: Int = 16 * 1024,
        maximumQueuedLines: Int = 64,
        writeTimeout: Duration = .seconds(10)
    ) {
        self.maximumLineBytes = maximumLineBytes
        self.stderrTailBytes = stderrTailBytes
        self.maximumQueuedLines = maximumQueuedLines
        self.writeTimeout = writeTimeout
    }

    package static let `default` = AgentLimits()
}
