import Actors
import Foundation
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Answers the WebSocket handshake on our paths (RFC 6455 §4.2); libssl computes the proof.
///
/// What it does not answer goes on as plain HTTP and gets its refusal there.
final class WebSocketUpgrader: NIOTypedHTTPServerProtocolUpgrader {
    typealias UpgradeResult = ConnectionChannel.Agreement

    /// What the handshake asked for.
    struct Target: Sendable {
        /// Already attached to this session; `nil` for a socket that attaches by message.
        let session: String?
        /// `?after=`, `?types=`, `?previews=`.
        let query: [String: String]
    }

    private struct Refused: Error {}

    private static let subprotocol = "troupe.v1"

    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []
    private let origins: OriginGuard
    private let clients: ClientResolver
    private let isSecure: Bool
    private let configuration: WebSocketHandler.Configuration
    private let metrics: TransportMetrics

    init(
        origins: OriginGuard,
        clients: ClientResolver,
        isSecure: Bool,
        configuration: WebSocketHandler.Configuration,
        metrics: TransportMetrics
    ) {
        self.metrics = metrics
        self.origins = origins
        self.clients = clients
        self.isSecure = isSecure
        self.configuration = configuration
    }

    func buildUpgradeResponse(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead,
        initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        guard let accept = self.accept(upgradeRequest, on: channel) else {
            return channel.eventLoop.makeFailedFuture(Refused())
        }
        var answer = initialResponseHeaders
        answer.add(name: "Sec-WebSocket-Accept", value: accept)
        let offered = upgradeRequest.headers[canonicalForm: "Sec-WebSocket-Protocol"]
        if offered.contains(where: { $0 == Self.subprotocol }) {
            answer.add(name: "Sec-WebSocket-Protocol", value: Self.subprotocol)
        }
        return channel.eventLoop.makeSucceededFuture(answer)
    }

    /// The proof for a request that is a handshake we take; `nil` for any other.
    func accept(_ request: HTTPRequestHead, on channel: any Channel) -> String? {
        let headers = request.headers
        let asks = headers[canonicalForm: "Upgrade"].contains { $0.lowercased() == self.supportedProtocol }
        guard request.method == .GET, asks, self.target(request.uri) != nil,
            headers.first(name: "Sec-WebSocket-Version") == "13",
            let key = headers.first(name: "Sec-WebSocket-Key"),
            self.origins.admits(
                self.clients.client(of: request, on: channel, isSecure: self.isSecure),
                origin: headers.first(name: "Origin")
            )
        else { return nil }
        return WebSocketAccept.key(for: key)
    }

    func upgrade(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead
    ) -> EventLoopFuture<ConnectionChannel.Agreement> {
        channel.eventLoop.makeCompletedFuture {
            guard let target = self.target(upgradeRequest.uri) else { throw Refused() }
            let outlet = try channel.pipeline.syncOperations.handler(type: StreamOutlet.self)
            let arrivals = try channel.pipeline.syncOperations.handler(type: ArrivalHandler.self)
            let handler = WebSocketHandler(
                outlet: outlet,
                timer: arrivals.timer,
                configuration: self.configuration
            ) { [metrics] in
                metrics.webSocketsClosed.increment(StreamCode($0))
            }
            try channel.pipeline.syncOperations.addHandlers([
                ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: self.configuration.maximumMessageBytes)),
                handler,
            ])
            let socket = WebSocketConnection(
                handler: NIOLoopBound(handler, eventLoop: channel.eventLoop),
                messages: handler.messages,
                target: target,
                metrics: self.metrics,
                maximumRunningCommands: self.configuration.maximumWaitingCommands
            )
            return .webSocket(socket)
        }
    }

    /// `/v1/ws`, or `/v1/sessions/{id}/ws`, below the base path.
    private func target(_ uri: String) -> Target? {
        guard let uri = self.clients.base.strip(uri) else { return nil }
        let parts = uri.split(separator: "?", maxSplits: 1)
        let path = (parts.first ?? "").split(separator: "/")
        let query = parts.count > 1 ? Self.query(parts[1]) : [:]
        if path == ["v1", "ws"] { return Target(session: nil, query: query) }
        guard path.count == 4, path[0] == "v1", path[1] == "sessions", path[3] == "ws" else { return nil }
        return Target(session: String(path[2]), query: query)
    }

    private static func query(_ text: Substring) -> [String: String] {
        var query: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1)
            guard let name = sides.first?.removingPercentEncoding else { continue }
            query[name] = sides.count > 1 ? sides[1].removingPercentEncoding ?? "" : ""
        }
        return query
    }
}
