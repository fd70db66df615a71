import Actors
import Agent
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOTLS

/// What becomes of an accepted connection: TLS where there is a certificate, then HTTP/2, HTTP/1.1 or WebSocket.
struct ConnectionChannel: HTTPChannelHandler {
    /// What the client and we have agreed on.
    enum Agreement: Sendable {
        case http1(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case http2(HTTP2Channel.Value)
        case webSocket(WebSocketConnection)
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let negotiated: EventLoopFuture<Agreement>
    }

    /// A connection that is one too many.
    private struct Refused: Error {}

    let responder: Responder
    let supervisor: Supervisor
    let fanout: Fanout
    let origins: OriginGuard
    let clients: ClientResolver
    let authenticator: Authenticator
    let meter: Meter
    let webSocket: WebSocketHandler.Configuration
    let bodies: BodyBudget
    let observation: Observation
    let limits: ConnectionLimits
    let gate: ConnectionGate
    /// The certificate in force, asked for every connection; `nil` for plain text.
    let tls: TLSContextStore?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let operations = channel.pipeline.syncOperations
            let entry = self.gate.enter(channel)
            guard entry == .admitted else { return try self.refuse(channel, isTold: entry == .refused) }
            Liveness.watch(channel)
            guard let tls else {
                return Value(channel: channel, negotiated: try self.setupHTTP1(channel, logger))
            }
            try operations.addHandler(TLSHandler(context: tls.current))
            // The future within is not waited for here: the handler lets no request through until it is done itself.
            let negotiation = NIOTypedApplicationProtocolNegotiationHandler<EventLoopFuture<Agreement>> {
                result,
                channel in
                switch result {
                case .negotiated("h2"):
                    channel.eventLoop.makeCompletedFuture {
                        try self.http2.setup(channel, logger).map { .http2($0) }
                    }
                default:
                    channel.eventLoop.makeCompletedFuture { try self.setupHTTP1(channel, logger) }
                }
            }
            try operations.addHandler(negotiation)
            return Value(channel: channel, negotiated: negotiation.protocolNegotiationResult.flatMap { $0 })
        }
    }

    func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.negotiated.get() {
            case .http1(let channel): await self.handleHTTP(asyncChannel: channel, logger: logger)
            case .http2(let streams): await self.http2.handle(streams, logger)
            case .webSocket(let socket):
                await withTaskCancellationHandler {
                    await socket.run(self.supervisor, fanout: self.fanout)
                    // What was said last is still on its way; the outlet sees to it that this has an end.
                    try? await value.channel.closeFuture.get()
                } onCancel: {
                    value.channel.close(promise: nil)
                }
            }
        } catch {
            logger.debug("connection ended before its first request", metadata: [LogKey.error: "\(error)"])
            value.channel.close(promise: nil)
        }
    }

    private var http2: HTTP2Connection {
        HTTP2Connection(responder: self.responder, limits: self.limits)
    }

    private func refuse(_ channel: any Channel, isTold: Bool) throws -> Value {
        let outlet = StreamOutlet(wrapping: .none)
        let refusal = RefusedConnection(outlet, isTold: isTold && self.tls == nil)
        try channel.pipeline.syncOperations.addHandlers([outlet, refusal])
        return Value(channel: channel, negotiated: channel.closeFuture.flatMapThrowing { throw Refused() })
    }

    private func setupHTTP1(_ channel: any Channel, _ logger: Logger) throws -> EventLoopFuture<Agreement> {
        let operations = channel.pipeline.syncOperations
        let outlet = StreamOutlet(wrapping: .none)
        let arrivals = ArrivalHandler(PaceTimer(self.limits.pace, eventLoop: channel.eventLoop), outlet: outlet)
        try operations.addHandlers([outlet, arrivals, StallHandler(limit: TimeAmount(self.limits.stallTimeout))])
        let bound = NIOLoopBound(outlet, eventLoop: channel.eventLoop)
        let upgrader = WebSocketUpgrader(
            origins: self.origins,
            clients: self.clients,
            isSecure: self.tls != nil,
            authenticator: self.authenticator,
            meter: self.meter,
            configuration: self.webSocket,
            bodies: self.bodies,
            observation: self.observation
        )
        let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Agreement>(
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    bound.value.closesOnQuiesce = false
                    return .http1(try self.setupRequests(channel, logger))
                }
            }
        )
        var configuration = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrade)
        configuration.enablePipelining = false
        configuration.enableErrorHandling = false
        configuration.enableResponseHeaderValidation = false
        configuration.decoderConfiguration.maxHeaderFieldSize = self.limits.maximumHeaderBytes
        configuration.decoderConfiguration.maxHeaderListSize = self.limits.maximumHeaderBytes
        configuration.decoderConfiguration.maxHeaderFieldCount = self.limits.maximumHeaderCount
        let negotiated = try operations.configureUpgradableHTTPServerPipeline(configuration: configuration)
        try operations.addHandler(
            HTTP1Handler(outlet, arrivals: arrivals, upgrader: upgrader, limits: self.limits),
            position: .before(operations.handler(type: NIOTypedHTTPServerUpgradeHandler<Agreement>.self))
        )
        return negotiated
    }

    private func setupRequests(
        _ channel: any Channel,
        _ logger: Logger
    ) throws -> NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart> {
        let operations = channel.pipeline.syncOperations
        try operations.addHandler(HTTP1ToHTTPServerCodec(secure: self.tls != nil))
        try operations.addHandler(HTTPConnectionStateHandler(idleTimeout: nil, logger: logger))
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true)
        )
    }
}
