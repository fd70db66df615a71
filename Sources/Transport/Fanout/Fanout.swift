import Actors
import NIOCore
import Storage

/// Brings events from the logs to the connections: one `LoopFanout` an event loop.
package final class Fanout: Sendable {
    /// The limits and habits of streams.
    package struct Configuration: Sendable {
        /// A sign of life at least this often.
        package var heartbeat: Duration = .seconds(15)
        /// What a client is told to wait before it reconnects.
        package var retry: Duration = .seconds(1)
        /// Before a drain, clients are told to come back spread over this time.
        package var drainSpread: Duration = .seconds(2)
        /// Bytes behind the head at which a reader whose connection takes nothing is let go.
        package var maximumLagBytes = 2 << 20
        /// How long a connection may take nothing.
        package var maximumLagTime: Duration = .seconds(30)

        package init() {}

        var lag: Subscriber.LagLimits {
            Subscriber.LagLimits(bytes: UInt64(self.maximumLagBytes), time: TimeAmount(self.maximumLagTime))
        }
    }

    /// For those who read a log without a stream here.
    let drainSignal = DrainSignal()
    let metrics: StreamMetrics
    private let configuration: Configuration
    private let loops: [ObjectIdentifier: NIOLoopBoundBox<LoopFanout>]

    /// One part for every event loop of the group.
    init(_ group: any EventLoopGroup, configuration: Configuration, metrics: StreamMetrics) {
        self.metrics = metrics
        self.configuration = configuration
        var loops: [ObjectIdentifier: NIOLoopBoundBox<LoopFanout>] = [:]
        for loop in group.makeIterator() {
            loops[ObjectIdentifier(loop)] = .makeBoxSendingValue(
                LoopFanout(eventLoop: loop, configuration: configuration, metrics: metrics),
                eventLoop: loop
            )
        }
        self.loops = loops
    }

    /// The part of an event loop; called on that loop.
    func loop(_ eventLoop: any EventLoop) -> LoopFanout? {
        self.loops[ObjectIdentifier(eventLoop)]?.value
    }

    /// Sessions that are being read, once for each event loop.
    func groupCount() async -> Int {
        var count = 0
        for loop in self.loops.values {
            count += await (try? loop.eventLoop.submit { loop.value.groupCount }.get()) ?? 0
        }
        return count
    }

    /// Takes what there is now into the gauges.
    func measure() async {
        var readers = ReaderFigures()
        for loop in self.loops.values {
            if let some = try? await loop.eventLoop.submit({ loop.value.figures }).get() { readers.add(some) }
        }
        self.metrics.set(readers)
    }

    /// Ends every stream and says why; returns when all have been told.
    func closeAll(_ reason: StreamEnd) async {
        self.drainSignal.raise()
        for loop in self.loops.values {
            try? await loop.eventLoop.submit { loop.value.closeAll(reason) }.get()
        }
    }

    /// How long a connection may take nothing before a writer that waits for it gives up.
    var patience: TimeAmount { TimeAmount(self.configuration.maximumLagTime) }

    /// Streams a log to a connection as Server-Sent Events until either ends.
    ///
    /// - Parameters:
    ///   - log: whose events.
    ///   - attachment: what its reader begins with.
    ///   - cursor: where the client left off, as it wrote it.
    ///   - filter: which of them.
    ///   - isNamed: with their types as names of Server-Sent Events.
    ///   - isAllowed: whether the client may still read; asked now and then, on the connection's event loop.
    ///   - timeLeft: how long it may read at most.
    ///   - channel: the connection; a `StreamOutlet` is in its pipeline.
    /// - Returns: why it ended, `nil` if the client left.
    func stream(
        _ log: EventLog,
        _ attachment: Attachment,
        cursor: String?,
        filter: EventFilter,
        isNamed: Bool,
        isAllowed: @escaping @Sendable () -> Bool = { true },
        timeLeft: Duration? = nil,
        to channel: any Channel
    ) async -> StreamEnd? {
        let promise = channel.eventLoop.makePromise(of: StreamEnd?.self)
        channel.eventLoop.execute {
            guard let outlet = try? channel.pipeline.syncOperations.handler(type: StreamOutlet.self),
                let loop = self.loop(channel.eventLoop)
            else { return promise.succeed(nil) }
            let framing = WireForm.Framing.serverSentEvents(isNamed: isNamed, isChunked: outlet.isChunked)
            let form = WireForm(framing: framing, filter: filter)
            let subscriber = loop.open(attachment, cursor: cursor, log: log, form: form, outlet: outlet) { reason in
                promise.succeed(reason)
            }
            guard let subscriber else { return }
            subscriber.isAllowed = isAllowed
            guard let timeLeft else { return }
            let bound = NIOLoopBound(subscriber, eventLoop: channel.eventLoop)
            let expiry = channel.eventLoop.scheduleTask(in: TimeAmount(timeLeft)) { bound.value.letGo(.tokenExpired) }
            promise.futureResult.whenComplete { _ in expiry.cancel() }
        }
        let result = await withTaskCancellationHandler {
            try? await promise.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        return result ?? nil
    }
}
