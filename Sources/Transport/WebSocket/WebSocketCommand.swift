import Actors
import Agent
import NIOCore

/// One message of a client: `{"ref":1,"op":"attach",…}` (API.md, WebSocket).
struct WebSocketCommand {
    enum Operation: String, CaseIterable {
        case auth, attach, detach, create, send, interrupt, answer, set, fork, end, list, ping
        case edit = "queue.edit"
        case cancel = "queue.cancel"

        /// What a caller needs for it; `nil` for nothing.
        var scope: Scope? {
            switch self {
            case .auth, .ping: nil
            case .attach, .detach, .list: .read
            case .create, .send, .interrupt, .set, .fork, .end, .edit, .cancel: .send
            case .answer: .approve
            }
        }

        /// What the audit calls it, the name of the same over HTTP; `nil` for what only looks.
        var action: String? {
            switch self {
            case .auth, .attach, .detach, .list, .ping: nil
            case .create: "createSession"
            case .send: "sendMessage"
            case .interrupt: "interruptSession"
            case .answer: "answerApproval"
            case .set: "changeSession"
            case .fork: "forkSession"
            case .end: "endSession"
            case .edit: "editQueuedMessage"
            case .cancel: "cancelQueuedMessage"
            }
        }

        /// What it counts as.
        var routeClass: RouteClass {
            switch self {
            case .attach: .stream
            case .create, .send, .interrupt, .set, .fork, .end, .edit, .cancel, .answer: .work
            case .auth, .detach, .list, .ping: .light
            }
        }

        /// Whether the holder of a viewer link may.
        var isForViewers: Bool { self == .attach || self == .detach || self == .ping || self == .auth }
    }

    /// Fields every command has; the rest are the operation's own.
    static let commonFields: Set<String> = ["ref", "op", "session"]

    /// The client's own mark, any JSON, sent back as it is.
    let ref: ByteBuffer?
    let operation: Operation
    let session: String?
    let body: ByteBuffer

    /// - Throws: `Problem` when it is not JSON or asks for something unknown; `ref` is then in `Failure`.
    init(_ message: ByteBuffer) throws(Failure) {
        guard let object = JSONObject(message) else {
            throw Failure(ref: nil, problem: Problem(.invalidJSON, "A message is one JSON object."))
        }
        self.ref = object.nonNull("ref")
        guard let operation = object.string("op").flatMap(Operation.init) else {
            throw Failure(ref: self.ref, problem: Problem(.unknownOperation, "There is no such operation."))
        }
        self.operation = operation
        self.session = object.string("session")
        self.body = message
    }

    /// A command that cannot be carried out, and to which the client's mark belongs.
    struct Failure: Error {
        let ref: ByteBuffer?
        let problem: Problem
    }

    /// `{"ref":…,"ok":true,…}`: the result's members stand beside `ok`.
    static func success(ref: ByteBuffer?, _ result: ByteBuffer?) -> ByteBuffer {
        var buffer = Self.start(ref, isOK: true)
        if let result, let object = JSONObject(result) {
            for (key, value) in object.members {
                buffer.writeString(",")
                JSONText.append(key, to: &buffer)
                buffer.writeString(":")
                buffer.writeImmutableBuffer(value)
            }
        }
        buffer.writeString("}")
        return buffer
    }

    /// `{"ref":…,"ok":false,"error":{code,message,retry_after_ms?}}`.
    static func failure(ref: ByteBuffer?, _ problem: Problem) -> ByteBuffer {
        var buffer = Self.start(ref, isOK: false)
        buffer.writeString(",\"error\":{\"code\":")
        JSONText.append(problem.code, to: &buffer)
        buffer.writeString(",\"message\":")
        let fields = problem.errors.map { " \($0.pointer) \($0.message)." }.joined()
        JSONText.append(problem.detail + fields, to: &buffer)
        if let retryAfter = problem.retryAfter {
            buffer.writeString(",\"retry_after_ms\":\(Int(retryAfter / .milliseconds(1)))")
        }
        buffer.writeString("}}")
        return buffer
    }

    private static func start(_ ref: ByteBuffer?, isOK: Bool) -> ByteBuffer {
        var buffer = ByteBuffer(string: "{")
        if let ref {
            buffer.writeString("\"ref\":")
            buffer.writeImmutableBuffer(ref)
            buffer.writeString(",")
        }
        buffer.writeString("\"ok\":\(isOK)")
        return buffer
    }
}
