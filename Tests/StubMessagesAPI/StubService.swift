import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// Decides how a request is answered, and remembers what was asked.
///
/// Shared by the connections, the tests that look and the tests that wait; one lock, never held across a wait.
final class StubService: Sendable {
    /// What a connection has to send.
    enum Answer {
        case whole(HTTPResponseStatus, HTTPHeaders, ByteBuffer)
        case stream(HTTPHeaders, ReplyStream)
        case hang
    }

    /// What waiters look at.
    struct Counts {
        /// Requests since the start, also those no longer kept.
        var requests = 0
        /// Model requests whose reply has not ended yet.
        var openStreams = 0
    }

    private struct Waiter {
        var condition: @Sendable (Counts) -> Bool
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var counts = Counts()
        var requests: [RecordedRequest] = []
        var failures: [String: Int] = [:]
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
        var isStopped = false
        var watched: [UInt8]?
        var sightings = 0
    }

    /// Requests that are kept; older ones are forgotten, a tenth at a time.
    private static let maximumRequests = 10_000

    private let state = Mutex(State())

    var requests: [RecordedRequest] {
        self.state.withLock { $0.requests.suffix(Self.maximumRequests) }
    }

    var counts: Counts {
        self.state.withLock { $0.counts }
    }

    /// Counts the bodies that hold a text from now on.
    func watch(for text: String) {
        self.state.withLock { state in
            state.watched = Array(text.utf8)
            state.sightings = 0
        }
    }

    /// The bodies with the text that is watched for.
    var sightings: Int { self.state.withLock { $0.sightings } }

    // MARK: Answering

    /// The answer to one request, and how long it is to be held back.
    func answer(method: HTTPMethod, path: String, body: ByteBuffer) -> (Answer, delay: Duration) {
        self.state.withLock { state in
            guard let watched = state.watched, body.readableBytesView.firstRange(of: watched) != nil else { return }
            state.sightings += 1
        }
        var record = RecordedRequest(method: method.rawValue, path: path, bodyBytes: body.readableBytes)
        switch (method, path) {
        case (.POST, "/v1/messages"):
            return self.answerMessages(body, record: &record)
        case (.POST, "/v1/messages/count_tokens"):
            self.remember(record)
            return (Self.json(#"{"input_tokens":\#(max(1, body.readableBytes / 4))}"#), .zero)
        case (.GET, "/v1/models"):
            self.remember(record)
            let rows = Self.models.map(Self.modelRow).joined(separator: ",")
            let ends = #""first_id":"\#(Self.models[0])","last_id":"\#(Self.models[Self.models.count - 1])""#
            return (Self.json(#"{"data":[\#(rows)],"has_more":false,\#(ends)}"#), .zero)
        case (.GET, _) where path.hasPrefix("/v1/models/"):
            self.remember(record)
            return (Self.json(Self.modelRow(String(path.dropFirst(11)))), .zero)
        case (.GET, "/stub/stats"):
            let counts = self.counts
            return (Self.json(#"{"requests":\#(counts.requests),"open":\#(counts.openStreams)}"#), .zero)
        case (_, "/"):
            self.remember(record)
            return (.whole(.ok, ["content-type": "text/plain"], ByteBuffer(string: "stub")), .zero)
        default:
            self.remember(record)
            return (Self.failure(404, "not_found_error", path), .zero)
        }
    }

    private func answerMessages(_ body: ByteBuffer, record: inout RecordedRequest) -> (Answer, delay: Duration) {
        let request: MessagesRequest
        do {
            request = try JSONDecoder().decode(MessagesRequest.self, from: Data(body.readableBytesView))
        } catch {
            self.remember(record)
            return (Self.failure(400, "invalid_request_error", "stub: \(error)"), .zero)
        }
        let conversation = Conversation(request.messages)
        record.model = request.model
        record.messageCount = request.messages.count
        record.lastUserText = String(conversation.prompt.prefix(4096))
        record.isStreamed = request.stream ?? false
        record.toolCount = request.tools?.count ?? 0
        record.step = conversation.step
        record.isSide = request.isSide
        self.remember(record)

        let reply = request.isSide ? Self.sideReply : self.reply(to: conversation)
        let writer = MessageWriter(model: request.model ?? Self.models[0], bodyBytes: body.readableBytes)
        var headers = HTTPHeaders([("request-id", "req_stub")])
        for (name, value) in reply.headers { headers.replaceOrAdd(name: name, value: value) }
        switch reply.kind {
        case .hang:
            return (.hang, reply.delay)
        case .failure(let status, let type, let text):
            return (Self.failure(status, type, text, headers: headers), reply.delay)
        case .message where record.isStreamed:
            headers.add(name: "content-type", value: "text/event-stream; charset=utf-8")
            headers.add(name: "cache-control", value: "no-cache")
            return (.stream(headers, ReplyStream(reply, writer: writer)), reply.delay)
        case .message:
            headers.add(name: "content-type", value: "application/json")
            return (.whole(.ok, headers, writer.whole(reply)), reply.delay)
        }
    }

    private func reply(to conversation: Conversation) -> Reply {
        let directives = Directive.all(in: conversation.prompt)
        if directives.isEmpty, conversation.step == 0, !conversation.prompt.isEmpty {
            return .text("echo: " + conversation.prompt.trimmingCharacters(in: .whitespacesAndNewlines).suffix(2000))
        }
        guard conversation.step < directives.count else { return .text("done") }
        do throws(Directive.Malformed) {
            return try directives[conversation.step].reply(in: conversation) {
                self.countFailure(of: conversation.prompt)
            }
        } catch {
            return .text("stub: bad directive: \(error.reason)")
        }
    }

    private func countFailure(of prompt: String) -> Int {
        self.state.withLock { state in
            if state.failures.count >= Self.maximumRequests { state.failures.removeAll() }
            state.failures[prompt, default: 0] += 1
            return state.failures[prompt, default: 0]
        }
    }

    // MARK: Counting and waiting

    private func remember(_ request: RecordedRequest) {
        self.update { state in
            if state.requests.count >= Self.maximumRequests + Self.maximumRequests / 10 {
                state.requests.removeFirst(Self.maximumRequests / 10)
            }
            state.requests.append(request)
            state.counts.requests += 1
        }
    }

    func streamOpened() {
        self.update { $0.counts.openStreams += 1 }
    }

    func streamClosed() {
        self.update { $0.counts.openStreams -= 1 }
    }

    /// Ends all waiting, now and later.
    func stop() {
        self.state.withLock { state in
            state.isStopped = true
            for waiter in state.waiters.values { waiter.continuation.resume(returning: false) }
            state.waiters.removeAll()
        }
    }

    /// Changes the state and lets go whoever waited for that.
    private func update(_ change: (inout State) -> Void) {
        self.state.withLock { state in
            change(&state)
            for (id, waiter) in state.waiters where waiter.condition(state.counts) {
                waiter.continuation.resume(returning: true)
                state.waiters[id] = nil
            }
        }
    }

    /// Returns true as soon as `condition` holds; false when `timeout` is over, the stub stops or the task is cancelled.
    func wait(
        timeout: Duration,
        on eventLoop: any EventLoop,
        until condition: @escaping @Sendable (Counts) -> Bool
    ) async -> Bool {
        let id = self.state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome: Bool? = self.state.withLock { state in
                    if condition(state.counts) { return true }
                    // The cancellation handler takes this lock too: it has either run, and this is true, or sees the waiter.
                    if state.isStopped || Task.isCancelled { return false }
                    state.waiters[id] = Waiter(condition: condition, continuation: continuation)
                    return nil
                }
                if let outcome {
                    continuation.resume(returning: outcome)
                } else {
                    eventLoop.scheduleTask(in: TimeAmount(timeout)) { self.giveUp(id) }
                }
            }
        } onCancel: {
            self.giveUp(id)
        }
    }

    private func giveUp(_ id: Int) {
        self.state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(returning: false)
    }

    // MARK: Bodies

    private static let models = ["claude-stub-1", "claude-opus-4-7", "claude-sonnet-5", "claude-haiku-4-5"]

    private static let sideReply = Reply.text(#"{"title":"Stub title","isNewTopic":true,"ok":true}"#)

    private static func modelRow(_ id: String) -> String {
        var row = ByteBuffer(string: #"{"type":"model","id":"#)
        row.writeJSON(id)
        row.writeString(#","display_name":"#)
        row.writeJSON(id)
        row.writeString(#","created_at":"2026-01-01T00:00:00Z"}"#)
        return String(buffer: row)
    }

    private static func json(_ text: String) -> Answer {
        .whole(.ok, ["content-type": "application/json", "request-id": "req_stub"], ByteBuffer(string: text))
    }

    static func failure(_ status: Int, _ type: String, _ text: String, headers: HTTPHeaders = [:]) -> Answer {
        var body = ByteBuffer(string: #"{"type":"error","error":{"type":"\#(type)","message":"#)
        body.writeJSON(text)
        body.writeString(#"},"request_id":"req_stub"}"#)
        var headers = headers
        headers.add(name: "content-type", value: "application/json")
        headers.replaceOrAdd(name: "request-id", value: "req_stub")
        return .whole(HTTPResponseStatus(statusCode: status), headers, body)
    }
}
