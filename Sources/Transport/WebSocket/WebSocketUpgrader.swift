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
        /// Who asks; `nil` for one that has still to say so, with its first message.
        var caller: Caller?
        /// From where.
        var address = AddressBlock(nil)
    }

    private struct Refused: Error {}

    private static let subprotocol = "troupe.v1"
    /// Before a key in the list of subprotocols: the one place where a page can put one (API.md, WebSocket).
    private static let bearer = "bearer."

    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []
    private let origins: OriginGuard
    private let clients: ClientResolver
    private let isSecure: Bool
    private let authenticator: Authenticator
    private let meter: Meter
    private let configuration: WebSocketHandler.Configuration
    private let bodies: BodyBudget
    private let observation: Observation

    init(
        origins: OriginGuard,
        clients: ClientResolver,
        isSecure: Bool,
        authenticator: Authenticator,
        meter: Meter,
        configuration: WebSocketHandler.Configuration,
        bodies: BodyBudget,
        observation: Observation
    ) {
        self.observation = observation
        self.origins = origins
        self.clients = clients
        self.isSecure = isSecure
        self.authenticator = authenticator
        self.meter = meter
        self.configuration = configuration
        self.bodies = bodies
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
        guard request.method == .GET, asks, self.target(of: request) != nil,
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
            guard var target = self.target(of: upgradeRequest) else { throw Refused() }
            target.address = self.clients.client(of: upgradeRequest, on: channel, isSecure: self.isSecure).block
            let outlet = try channel.pipeline.syncOperations.handler(type: StreamOutlet.self)
            let arrivals = try channel.pipeline.syncOperations.handler(type: ArrivalHandler.self)
            let handler = WebSocketHandler(
                outlet: outlet,
                timer: arrivals.timer,
                eventLoop: channel.eventLoop,
                configuration: self.configuration,
                share: BodyBudget.Share(of: self.bodies)
            ) { [observation] in
                observation.metrics.webSocketsClosed.increment(StreamCode($0))
            }
            let counter = arrivals.successor()
            counter.onArrival = { handler.bytesArrived($0) }
            try channel.pipeline.syncOperations.addHandlers([
                counter,
                ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: self.configuration.maximumMessageBytes)),
                handler,
            ])
            let socket = WebSocketConnection(
                handler: NIOLoopBound(handler, eventLoop: channel.eventLoop),
                messages: handler.messages,
                target: target,
                observation: self.observation,
                authenticator: self.authenticator,
                meter: self.meter,
                maximumRunningCommands: self.configuration.maximumWaitingCommands
            )
            return .webSocket(socket)
        }
    }

    /// What a handshake asks for, and who; `nil` for a path that is no socket, or a key that opens nothing.
    ///
    /// Who brings nothing may still say with the first message who it is.
    private func target(of request: HTTPRequestHead) -> Target? {
        guard let uri = self.clients.base.strip(request.uri), var target = Self.target(uri) else { return nil }
        let headers = request.headers
        var credentials = Authenticator.Credentials(
            authorization: headers.first(name: "Authorization"),
            apiKey: headers.first(name: "X-API-Key"),
            cookie: headers.first(name: "Cookie"),
            ticket: target.query["ticket"]
        )
        let offered = headers[canonicalForm: "Sec-WebSocket-Protocol"].first { $0.hasPrefix(Self.bearer) }
        if credentials.token == nil, let offered {
            credentials.token = Self.text(base64url: offered.dropFirst(Self.bearer.count)) ?? ""
        }
        target.caller = self.authenticator.caller(credentials)
        guard target.caller != nil || credentials.isEmpty else { return nil }
        if let caller = target.caller {
            let isAllowed = (try? Gate.check(caller, needs: .read, isForViewers: target.session != nil)) != nil
            guard isAllowed else { return nil }
        }
        return target
    }

    private static func text(base64url: Substring) -> String? {
        let standard = base64url.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        return Data(base64Encoded: standard + padding).flatMap { String(data: $0, encoding: .utf8) }
    }

    /// `/v1/ws`, or `/v1/sessions/{id}/ws`.
    private static func target(_ uri: String) -> Target? {
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
