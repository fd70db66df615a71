import Actors
import Agent
import Logging
import NIOCore

/// The server's log: one line for each event, to stderr.
struct LineLogHandler: LogHandler {
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private let format: LogFormat
    private let write: @Sendable (ByteBuffer) -> Void

    /// - Parameters:
    ///   - format: how lines are written.
    ///   - provider: what else is known where a line is logged.
    ///   - write: takes one line with its end.
    init(
        _ format: LogFormat,
        provider: Logger.MetadataProvider? = nil,
        write: @escaping @Sendable (ByteBuffer) -> Void = { StandardError.write($0) }
    ) {
        self.format = format
        self.metadataProvider = provider
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var metadata = self.metadata
        if let provided = self.metadataProvider?.get() { metadata.merge(provided) { $1 } }
        if let own = event.metadata { metadata.merge(own) { $1 } }
        if let error = event.error { metadata[LogKey.error] = "\(error)" }
        let line = LogLine(
            time: Timestamp.now(),
            level: event.level,
            message: event.message.description,
            metadata: LogRedaction.clean(metadata)
        )
        self.write(line.bytes(self.format))
    }
}
