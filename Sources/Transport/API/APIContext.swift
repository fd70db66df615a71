import Actors
import Agent
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What Hummingbird carries along with each request.
struct APIContext: RequestContext {
    /// Bodies are read up to this size: a prompt with some images.
    static let maximumBodyBytes = 32 << 20

    var coreContext: CoreRequestContextStorage
    /// The connection, or the HTTP/2 stream; an SSE response writes to it below the encoder.
    let channel: any Channel
    /// Who asks, proxies looked through.
    var client = ClientAddress()
    /// The path as the client wrote it.
    var clientPath = ""
    /// Echoed from `X-Request-ID`, or made.
    var requestID = ""
    /// For those who look at the request from outside.
    let facts = RequestFacts()
    /// What a body of this request may have.
    var maxUploadSize = APIContext.maximumBodyBytes
    /// Who asks; the gate says so before the route sees the request.
    var caller = Caller.nobody
    /// Whether the caller's key still opens the server: for answers that last.
    var isInForce: @Sendable () -> Bool = { true }
    /// What its body holds of the memory that all bodies may have.
    var body: BodyBudget.Share?
    var endpoint: Endpoint?
    /// The system whose client this is; `nil` for the native API's.
    var surface: Surface?

    init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.channel = source.channel
    }

}

/// Gives every request its id, and every error its problem document.
struct ProblemMiddleware: RouterMiddleware {
    private static let header = HTTPField.Name("X-Request-ID")
    /// How long it took to the head of the answer, as some of the other systems say it.
    private static let timeHeader = HTTPField.Name("X-Response-Time")

    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        // The clients of one system know ids of the server's alone.
        let brought = context.surface == .codingAgents ? nil : Self.requestID(request)
        context.requestID = brought ?? context.surface?.newRequestID() ?? Self.newRequestID()
        context.facts.requestID = context.requestID
        var response: Response
        do {
            let request = try ContinuedBody.wrap(request, context.channel)
            response = try await next(request, context)
        } catch {
            let problem = Problem(error)
            if problem.status == .internalServerError {
                context.logger.error(
                    "request failed",
                    metadata: [LogKey.error: "\(error)", LogKey.requestID: "\(context.requestID)"]
                )
            }
            response =
                context.surface?.refusal(problem, context)
                ?? problem.response(path: context.clientPath, requestID: context.requestID)
        }
        if let (decision, routeClass) = context.facts.rate { decision.add(to: &response.headers, routeClass) }
        if let name = Self.header { response.headers[name] = context.requestID }
        for field in context.facts.headers { response.headers[field.name] = field.value }
        if context.surface != nil, let name = Self.timeHeader {
            response.headers[name] = "\(Int(start.duration(to: .now) / .milliseconds(1)))ms"
        }
        return response
    }

    private static func newRequestID() -> String { "r_\(UInt64.random(in: .min ... .max))" }

    /// A client's own id when it is sane: up to 128 of the characters a token may have.
    private static func requestID(_ request: Request) -> String? {
        if let name = Self.header, let id = request.headers[name], (1...128).contains(id.utf8.count),
            id.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        {
            return id
        }
        return nil
    }
}
