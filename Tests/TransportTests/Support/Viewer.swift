import Agent
import Glibc
import NIOCore

/// A client that keeps a transcript across connections: what it has durably, and what it has drawn from previews.
///
/// When it is cut off it goes back to what it had drawn at its last durable event, for from there it is told again.
struct Viewer {
    enum Transport: CaseIterable, Sendable {
        case serverSentEvents, webSocket
    }

    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    let transport: Transport
    /// The envelopes of durable events, as they came.
    private(set) var durable: [String] = []
    private(set) var cursor: String?
    /// What whole messages said.
    private(set) var said = ""
    /// What previews drew, whole messages taking their place.
    private(set) var drawn = ""
    /// Messages whose previews were all seen.
    private(set) var fullyDrawn = 0
    private var unfinished = ""
    private var unfinishedAtCursor = ""

    init(_ transport: Transport, after cursor: String? = nil) {
        self.transport = transport
        self.cursor = cursor
    }

    /// What a person would see now.
    var screen: String { self.drawn + self.unfinished }

    /// Connects and takes in events until one for which `isLast` is true; false when the connection was cut before.
    mutating func watch(
        _ server: TestServer,
        _ session: String = "s1",
        cutAfter: Int? = nil,
        until isLast: (SeenEvent) -> Bool
    ) async throws -> Bool {
        self.unfinished = self.unfinishedAtCursor
        let connection = try await server.connect(cutAfter: cutAfter)
        defer { connection.close() }
        let after = self.cursor ?? "earliest"
        do {
            switch self.transport {
            case .serverSentEvents:
                let headers = self.cursor.map { ["Last-Event-ID": $0] } ?? [:]
                let path = "/v1/sessions/\(session)/events?after=earliest"
                var stream = try await EventStream(HTTPClient(connection), path: path, headers: headers)
                while let event = try await stream.next() {
                    try self.take(event)
                    if isLast(event) { return true }
                }
            case .webSocket:
                let path = "/v1/sessions/\(session)/ws?after=\(after)"
                var socket = try await WebSocketClient(connection, path: path)
                while let event = try await socket.message() {
                    try self.take(event)
                    if isLast(event) { return true }
                }
            }
        } catch is RawConnection.Ended {
            // Cut in the middle of something.
        }
        return false
    }

    private mutating func take(_ event: SeenEvent) throws {
        if event.type == "stream.gap" || event.type == "stream.snapshot" { throw Broken(description: event.text) }
        if let id = event.id {
            let expected = (self.cursor?.split(separator: ".").last.flatMap { Int($0) } ?? 0) + 1
            guard id == "1.\(expected)", event.wireID == id else {
                throw Broken(description: "\(id) after \(self.cursor ?? "nothing")")
            }
            self.cursor = id
            self.durable.append(event.text)
        }
        switch event.type {
        case "agent.stream_event":
            let inner = event.data?.object("event")
            if inner?.string("type") == "message_start" { self.unfinished = "" }
            self.unfinished += inner?.object("delta")?.string("text") ?? ""
        case "agent.assistant":
            let content = event.data?.object("message")?.raw("content")
            let block = content.flatMap { JSONObject.elements($0) }?.first.flatMap { JSONObject($0) }
            let text = block?.string("text") ?? ""
            guard text.hasPrefix(self.unfinished) else {
                throw Broken(description: "drew \(self.unfinished) of \(text)")
            }
            if text == self.unfinished { self.fullyDrawn += 1 }
            self.said += text
            self.drawn += text
            self.unfinished = ""
        default:
            break
        }
        if event.id != nil { self.unfinishedAtCursor = self.unfinished }
    }
}

/// Lets the test process have as many connections as it needs.
enum Descriptors {
    /// Raises the limit; false, and a word of it, when the system allows no more.
    static func ensure(_ count: Int) -> Bool {
        var limit = rlimit()
        let files = __rlimit_resource_t(7)  // RLIMIT_NOFILE on Linux
        guard getrlimit(files, &limit) == 0 else { return false }
        if limit.rlim_cur >= count { return true }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(count))
        let isRaised = setrlimit(files, &limit) == 0 && limit.rlim_cur >= count
        if !isRaised { print("cannot raise the number of open files to \(count): \(limit.rlim_max) is the most") }
        return isRaised
    }
}
