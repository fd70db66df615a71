import Logging

/// A log handler whose level is the server's, unless its logger was given one of its own.
struct ThresholdLogHandler: LogHandler {
    private var handler: any LogHandler
    private let threshold: Live<Logger.Level>
    private var own: Logger.Level?
    /// For parts that say too much: they log what is at least this important, unless everything is wanted.
    private let floor: Logger.Level

    /// - Parameters:
    ///   - handler: writes what passes.
    ///   - threshold: the server's level.
    ///   - floor: the least level for this logger while the server's is above `debug`.
    init(_ handler: any LogHandler, _ threshold: Live<Logger.Level>, floor: Logger.Level = .trace) {
        self.handler = handler
        self.threshold = threshold
        self.floor = floor
        self.handler.logLevel = .trace
    }

    var logLevel: Logger.Level {
        get {
            let level = self.own ?? self.threshold.value
            return level <= .debug ? level : max(level, self.floor)
        }
        set { self.own = newValue }
    }

    var metadata: Logger.Metadata {
        get { self.handler.metadata }
        set { self.handler.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { self.handler.metadataProvider }
        set { self.handler.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.handler[metadataKey: key] }
        set { self.handler[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        self.handler.log(event: event)
    }
}
