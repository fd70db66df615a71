package import Agent
import AsyncHTTPClient
import Foundation
package import NIOCore
import NIOHTTP1
import NIOSSL

/// A running server, as somebody who uses it talks to it.
package struct ServerClient: Sendable {
    /// How long a call may take: an interrupt climbs its ladder, an end waits for a process tree.
    private static let patience: TimeAmount = .seconds(120)
    /// The largest answer that is read.
    private static let maximumAnswer = 256 << 20

    private let http: HTTPClient
    private let base: String
    private let key: String?

    private let version: String

    /// Runs `body` with a client, whose connections are closed when this returns.
    ///
    /// - Parameters:
    ///   - address: where the server is.
    ///   - version: what `User-Agent` says of the program.
    ///   - body: what is asked of it.
    /// - Returns: what `body` does.
    /// - Throws: what `body` does.
    package static func with<Value: Sendable>(
        _ address: ServerAddress,
        version: String,
        _ body: (ServerClient) async throws -> Value
    ) async throws -> Value {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            // A stream says something every 15 s unless the operator has set more.
            timeout: .init(connect: .seconds(10), read: .seconds(180))
        )
        configuration.httpVersion = .http1Only
        if let path = address.certificates {
            var tls = NIOSSL.TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(path)
            configuration.tlsConfiguration = tls
        }
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let client = ServerClient(http: http, base: address.base, key: address.key, version: version)
        let result: Result<Value, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        // The program ends: there is nothing to be done about a connection that does not close.
        try? await http.shutdown()
        return try result.get()
    }

    /// The path of a session, or of something in it.
    package static func path(_ parts: String...) -> String {
        let allowed = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~")
        return "/v1/"
            + parts.map { $0.addingPercentEncoding(withAllowedCharacters: allowed) ?? "_" }
            .joined(separator: "/")
    }

    /// One call, which must succeed.
    ///
    /// - Returns: the answer's body.
    /// - Throws: `ServerCallError` with what the server says, or why it says nothing.
    @discardableResult
    package func call(_ method: String, _ path: String, _ body: ByteBuffer? = nil) async throws -> ByteBuffer {
        var request = self.request(path)
        request.method = HTTPMethod(rawValue: method)
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body)
        }
        let response: HTTPClientResponse
        let answer: ByteBuffer
        do {
            response = try await self.http.execute(request, timeout: Self.patience)
            answer = try await response.body.collect(upTo: Self.maximumAnswer)
        } catch {
            throw self.failure(error)
        }
        guard (200..<300).contains(response.status.code) else { throw self.refusal(response.status, answer) }
        return answer
    }

    /// The same, for an answer that is an object.
    package func object(_ method: String, _ path: String, _ body: ByteBuffer? = nil) async throws -> JSONObject {
        guard let object = JSONObject(try await self.call(method, path, body)) else {
            throw ServerCallError("\(self.base) answers what no troupe would; is it one?")
        }
        return object
    }

    /// Opens a stream of events.
    ///
    /// - Returns: its bytes; `nil` when nothing will come any more.
    /// - Throws: `ServerCallError` when the server refuses, else whatever cut the connection.
    func stream(_ path: String) async throws -> HTTPClientResponse.Body? {
        var request = self.request(path)
        request.headers.add(name: "Accept", value: "text/event-stream")
        let response = try await self.http.execute(request, deadline: .distantFuture)
        switch response.status {
        case .ok: return response.body
        case .noContent: return nil
        default: throw self.refusal(response.status, (try? await response.body.collect(upTo: 1 << 20)) ?? ByteBuffer())
        }
    }

    /// Why nothing came of a call, for people.
    func failure(_ error: any Error) -> ServerCallError {
        let text = "\(error)"
        switch error {
        case let failure as ServerCallError: return failure
        case let error as HTTPClientError
        where [.connectTimeout, .readTimeout, .deadlineExceeded, .tlsHandshakeTimeout].contains(error):
            return ServerCallError("\(self.base) does not answer in time", isUnreachable: true)
        case _ where text.contains("CERTIFICATE_VERIFY_FAILED"):
            return ServerCallError(
                "the certificate of \(self.base) is not trusted; name its issuer's with --cacert",
                isUnreachable: true
            )
        default:
            return ServerCallError(
                "no server answers at \(self.base); start one with troupe serve, or name another with --server",
                isUnreachable: true
            )
        }
    }

    // MARK: Steps

    private func request(_ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: self.base + path)
        request.headers.add(name: "User-Agent", value: "troupe/\(self.version)")
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
        return request
    }

    private func refusal(_ status: HTTPResponseStatus, _ answer: ByteBuffer) -> ServerCallError {
        if status == .unauthorized {
            return ServerCallError(
                self.key == nil
                    ? "the server wants a key: put one that troupe keys create has made into TROUPE_KEY"
                    : "the server does not know this key, or it has expired"
            )
        }
        guard let problem = JSONObject(answer), let detail = problem.string("detail") else {
            return ServerCallError("\(self.base) answers \(status.code) \(status.reasonPhrase)")
        }
        let fields = (problem.array("errors") ?? []).compactMap { JSONObject($0) }
            .map { " \($0.string("pointer") ?? "") \($0.string("message") ?? "");" }.joined()
        return ServerCallError("\(detail + fields) (\(problem.string("code") ?? "\(status.code)"))")
    }
}
