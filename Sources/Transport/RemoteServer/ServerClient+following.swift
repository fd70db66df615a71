import Agent
import AsyncHTTPClient
import NIOCore

extension ServerClient {
    /// Connections that may fail one after the other before the server counts as gone; a second lies between them.
    private static let maximumFailures = 30
    /// From this code on it is not worth coming back (API.md, WebSocket).
    private static let firstFinalCode = 4500

    private enum End {
        /// Nobody wants more, or no more will come.
        case done
        case cut
    }

    /// Follows the events of a session, over lost connections too, until the session has ended.
    ///
    /// - Parameters:
    ///   - session: its id.
    ///   - cursor: after which event; `nil` begins with a snapshot.
    ///   - take: gets each event, the stream's own frames too; false when that is enough.
    /// - Throws: `ServerCallError` or `CancellationError`.
    package func follow(_ session: String, after cursor: String?, _ take: (ServerEvent) -> Bool) async throws {
        var cursor = cursor
        var failures = 0
        while true {
            switch try await self.followOnce(session, &cursor, &failures, take) {
            case .done: return
            case .cut: try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func followOnce(
        _ session: String,
        _ cursor: inout String?,
        _ failures: inout Int,
        _ take: (ServerEvent) -> Bool
    ) async throws -> End {
        let query = cursor.map { "?after=\($0)" } ?? ""
        var lines = EventLines()
        do {
            let path = Self.path("sessions", session, "events") + query
            guard let body = try await self.stream(path) else { return .done }
            for try await piece in body {
                failures = 0
                for text in lines.feed(piece) {
                    guard let event = ServerEvent(text) else { continue }
                    cursor = event.id ?? event.data?.string("cursor") ?? cursor
                    guard take(event) else { return .done }
                    if event.type == "stream.bye" {
                        return (event.data?.int("code") ?? 0) >= Self.firstFinalCode ? .done : .cut
                    }
                }
            }
        } catch let error as ServerCallError where !error.isUnreachable {
            throw error
        } catch {
            try Task.checkCancellation()
            failures += 1
            // One that was never reached is not worth waiting for.
            guard cursor != nil, failures < Self.maximumFailures else { throw self.failure(error) }
        }
        return .cut
    }
}
