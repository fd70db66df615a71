package import Actors
import AsyncHTTPClient
import Foundation
package import NIOCore
import NIOHTTP1
import NIOPosix

/// Calls webhooks: one POST on a connection of its own, to an address that was checked, without following redirects.
///
/// The name is resolved here, every address of it is checked, and the connection goes to one of those very addresses: a
/// second resolution could say something else (DNS rebinding). The certificate is still that of the name.
package struct HTTPWebhookCaller: WebhookCaller {
    /// The bounds of a call.
    package struct Limits: Sendable {
        package var connect: Duration = .seconds(5)
        /// From the beginning to the end of the answer.
        package var total: Duration = .seconds(15)
        /// Bytes of an answer that are read before the connection is closed; nothing of it is kept.
        package var answerBytes = 64 << 10

        package init() {}
    }

    private let policy: AddressPolicy
    private let limits: Limits
    private let userAgent: String
    private let eventLoopGroup: any EventLoopGroup
    private let resolver: AddressResolver

    /// - Parameters:
    ///   - policy: which addresses may be called.
    ///   - limits: of each call.
    ///   - version: what `User-Agent` says of the program.
    ///   - eventLoopGroup: its threads.
    package init(
        policy: AddressPolicy,
        limits: Limits = Limits(),
        version: String,
        eventLoopGroup: any EventLoopGroup
    ) {
        self.policy = policy
        self.limits = limits
        self.userAgent = "Troupe/\(version)"
        self.eventLoopGroup = eventLoopGroup
        self.resolver = AddressResolver(eventLoopGroup)
    }

    /// Ends its threads; after the last call.
    package func shutDown() async { await self.resolver.shutDown() }

    package func mayCall(_ url: WebhookURL) async -> Bool {
        guard self.hasFitPort(url), let addresses = try? await self.resolver.addresses(of: url.host) else {
            return false
        }
        return self.policy.choose(addresses, of: url.host) != nil
    }

    package func call(_ call: WebhookCall) async -> WebhookOutcome {
        let start = ContinuousClock.now
        let result = await self.status(of: call)
        let tookMs = Int((ContinuousClock.now - start) / .milliseconds(1))
        switch result {
        case .success(let status):
            let isDelivered = (200..<300).contains(status)
            return WebhookOutcome(status: status, failure: isDelivered ? nil : .status, tookMs: tookMs)
        case .failure(let refusal):
            return WebhookOutcome(failure: refusal.failure, tookMs: tookMs)
        }
    }

    private struct Refusal: Error {
        let failure: WebhookOutcome.Failure
    }

    private func hasFitPort(_ url: WebhookURL) -> Bool {
        url.hasUsualPort || self.policy.allows(host: url.host)
            || url.address.map(self.policy.allowsByName) ?? false
    }

    private func status(of call: WebhookCall) async -> Result<Int, Refusal> {
        guard let url = try? WebhookURL(call.url), self.hasFitPort(url) else {
            return .failure(Refusal(failure: .refused))
        }
        guard let addresses = try? await self.resolver.addresses(of: url.host) else {
            return .failure(Refusal(failure: .unresolved))
        }
        guard let address = self.policy.choose(addresses, of: url.host) else {
            return .failure(Refusal(failure: .refused))
        }
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(self.eventLoopGroup),
            configuration: self.configuration(url, address)
        )
        let result: Result<Int, Refusal>
        do {
            result = .success(try await self.post(call, to: url, by: client))
        } catch {
            result = .failure(Refusal(failure: Self.failure(error, isSecure: url.isSecure)))
        }
        // Its connection is not kept; there is nothing to be done about one that does not close.
        try? await client.shutdown()
        return result
    }

    private func configuration(_ url: WebhookURL, _ address: TargetAddress) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(self.limits.connect), read: TimeAmount(self.limits.total))
        )
        configuration.httpVersion = .http1Only
        // The address is what is connected to; name, `Host` and certificate stay those of the URL.
        if url.address == nil { configuration.dnsOverride = [url.host: address.description] }
        return configuration
    }

    private func post(_ call: WebhookCall, to url: WebhookURL, by client: HTTPClient) async throws -> Int {
        let now = Int(Date.now.timeIntervalSince1970)
        var request = HTTPClientRequest(url: url.description)
        request.method = .POST
        request.headers = [
            "Content-Type": "application/json",
            "User-Agent": self.userAgent,
            "X-Troupe-Delivery": call.delivery,
            "X-Troupe-Event": call.event,
            "Connection": "close",
        ]
        if !call.secret.isEmpty {
            let signature = WebhookSignature.of(call.body, secret: call.secret, time: now)
            request.headers.add(name: "X-Troupe-Signature", value: signature)
        }
        request.body = .bytes(call.body)
        let response = try await client.execute(request, timeout: TimeAmount(self.limits.total))
        var left = self.limits.answerBytes
        do {
            for try await piece in response.body {
                left -= piece.readableBytes
                if left < 0 { break }
            }
        } catch {
            // It has answered; how it ends its answer does not matter.
        }
        return Int(response.status.code)
    }

    private static func failure(_ error: any Error, isSecure: Bool) -> WebhookOutcome.Failure {
        switch error {
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .tlsHandshakeTimeout: .timedOut
            case .invalidURL, .emptyHost, .emptyScheme: .refused
            default: .broken
            }
        case is HTTPParserError: .broken
        case is IOError, is NIOConnectionError, is ChannelError: .unreachable
        case is CancellationError: .timedOut
        default: isSecure ? .tls : .unreachable
        }
    }
}
