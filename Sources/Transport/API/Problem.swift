import Actors
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// A refusal as clients see it: `application/problem+json` (RFC 9457) over HTTP, `error` over WebSocket.
struct Problem: Error, Equatable {
    /// One field that was wrong.
    struct FieldError: Encodable, Equatable {
        /// Where, as a JSON pointer (RFC 6901).
        let pointer: String
        let message: String
    }

    /// The closed list of codes; each has one HTTP status.
    enum Code: String, CaseIterable {
        case invalidJSON = "invalid_json"
        case invalidRequest = "invalid_request"
        case invalidCursor = "invalid_cursor"
        case unauthorized
        case forbidden
        case forbiddenOrigin = "forbidden_origin"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case bodyTooLarge = "body_too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case upgradeRequired = "upgrade_required"
        case internalError = "internal_error"
        case badRequest = "bad_request"
        case unknownOperation = "unknown_operation"
        case invalidMultipart = "invalid_multipart"
        case rangeNotSatisfiable = "range_not_satisfiable"
        case expectationFailed = "expectation_failed"
        case requestTimeout = "request_timeout"
        case targetTooLong = "target_too_long"
        case headersTooLarge = "headers_too_large"
        case tooManyConnections = "too_many_connections"
        case rateLimited = "rate_limited"
        case tooManyStreams = "too_many_streams"
        case tooManyBodies = "too_many_bodies"
        case tooManyUploads = "too_many_uploads"
        case webhookTargetRefused = "webhook_target_refused"
    }

    let status: HTTPResponse.Status
    let code: String
    let detail: String
    var errors: [FieldError] = []
    var retryAfter: Duration?
    /// Of a 401, whether no key was shown at all.
    var lacksKey = false
    /// Of a 405, the methods there are, as `Allow` has them.
    var allowed: String?
    /// How long the file is that has none of the bytes that were asked for.
    var contentRange: String?

    init(_ code: Code, _ detail: String, errors: [FieldError] = []) {
        self.status =
            switch code {
            case .invalidJSON, .invalidCursor, .badRequest, .unknownOperation, .invalidMultipart: .badRequest
            case .invalidRequest: .unprocessableContent
            case .unauthorized: .unauthorized
            case .forbidden, .forbiddenOrigin, .webhookTargetRefused: .forbidden
            case .notFound: .notFound
            case .methodNotAllowed: .methodNotAllowed
            case .rangeNotSatisfiable: .rangeNotSatisfiable
            case .bodyTooLarge: .contentTooLarge
            case .unsupportedMediaType: .unsupportedMediaType
            case .upgradeRequired: .upgradeRequired
            case .internalError: .internalServerError
            case .expectationFailed: .expectationFailed
            case .requestTimeout: .requestTimeout
            case .targetTooLong: .uriTooLong
            case .headersTooLarge: .requestHeaderFieldsTooLarge
            case .tooManyConnections, .tooManyBodies: .serviceUnavailable
            case .rateLimited, .tooManyStreams, .tooManyUploads: .tooManyRequests
            }
        if [.tooManyConnections, .tooManyBodies, .tooManyStreams, .tooManyUploads].contains(code) {
            self.retryAfter = .seconds(1)
        }
        self.code = code.rawValue
        self.detail = detail
        self.errors = errors
    }

    init(_ error: SessionError) {
        self.status =
            switch error.code {
            case .sessionNotFound, .messageNotFound, .lineNotFound, .approvalNotFound, .jobNotFound, .webhookNotFound,
                .deliveryNotFound, .templateNotFound:
                .notFound
            case .ambiguousSession, .sessionExists, .sessionFailed, .sessionBusy, .nothingSaid, .messageDelivered,
                .approvalAnswered, .budgetReached, .idempotencyConflict, .agentRefused, .jobDone, .deliveryPending:
                .conflict
            case .sessionEnded, .approvalGone, .historyGone: .gone
            case .invalidAnswer, .environmentRefused, .workspaceRefused, .worktreeFailed: .unprocessableContent
            case .scopeRequired: .forbidden
            case .queueFull, .sessionLimit, .admissionFull, .keyBudgetReached, .tooManyViewers, .webhookLimit:
                .tooManyRequests
            case .agentStalled, .draining, .storageUnavailable: .serviceUnavailable
            }
        self.code = error.code.rawValue
        self.detail = error.detail
        self.retryAfter = error.retryAfter
    }

    /// A refusal whose code belongs to another list.
    init(_ status: HTTPResponse.Status, _ code: String, _ detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    /// What any error looks like from outside: nothing of our own insides.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as SessionError: self.init(error)
        case let error as FileError: self.init(error)
        case let error as HTTPError where error.status == .notFound:
            self.init(.notFound, "There is nothing here.")
        case is HTTPParserError, is RequestCut:
            self.init(.badRequest, "The body did not come whole.")
        case is NIOTooManyBytesError:
            self.init(.bodyTooLarge, "The body is larger than this server takes.")
        case let error as HTTPError where error.status.kind == .clientError:
            self.init(.badRequest, error.body ?? error.status.reasonPhrase)
        default: self.init(.internalError, "Something went wrong; the server's log knows more.")
        }
    }

    private struct Document: Encodable {
        let type: String
        let title: String
        let status: Int
        let detail: String
        let instance: String?
        let code: String
        let requestId: String
        let errors: [FieldError]?
    }

    /// The problem document (RFC 9457).
    func document(path: String?, requestID: String) -> ByteBuffer {
        EventData.encode(
            Document(
                type: "https://troupe.dev/problems/\(self.code)",
                title: self.status.reasonPhrase,
                status: self.status.code,
                detail: self.detail,
                instance: path,
                code: self.code,
                requestId: requestID,
                errors: self.errors.isEmpty ? nil : self.errors
            )
        )
    }

    /// `Retry-After`, in whole seconds and at least one.
    var retryAfterSeconds: Int? {
        self.retryAfter.map { max(1, Int(($0 / .seconds(1)).rounded(.up))) }
    }

    func response(path: String, requestID: String) -> Response {
        var headers: HTTPFields = [.contentType: "application/problem+json"]
        if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
        // RFC 9110 §11.6.1: a 401 says how to do better.
        if self.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"troupe\"" }
        if let allowed { headers[.allow] = allowed }
        headers[.contentRange] = self.contentRange
        if self.status == .upgradeRequired {
            headers[.upgrade] = "websocket"
            headers[.secWebSocketVersion] = "13"
        }
        return Response(
            status: self.status,
            headers: headers,
            body: ResponseBody(byteBuffer: self.document(path: path, requestID: requestID))
        )
    }
}
