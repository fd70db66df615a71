import Actors
import Foundation
import Testing

@testable import Transport

extension ServerTests {
    /// What `/metrics` says under load and after many sessions.
    @Suite(.timeLimit(.minutes(3)))
    struct ExpositionTests {
        private static let root = URL(filePath: #filePath).pathComponents.dropLast(4).joined(separator: "/")
        private static let python = "\(Self.root)/.cache/prometheus/bin/python"
        private static let hasClient = FileManager.default.isExecutableFile(atPath: Self.python)

        /// The names of all series, with their labels.
        private static func series(_ text: String) -> Set<Substring> {
            Set(text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { $0.split(separator: " ").first })
        }

        @Test(.enabled(if: Self.hasClient, "Scripts/fetch-python prometheus fetches what reads the text."))
        func `what is written under load is read by Prometheus' own client, and no counter falls`() async throws {
            let directory = FileManager.default.temporaryDirectory.appending(path: "troupe-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: directory) }
            var texts: [String] = []
            try await TestServer.with { server in
                let ids = (0..<8).map { "load\($0)" }
                for id in ids { try await server.session(id) }
                texts = try await withThrowingTaskGroup { group in
                    for id in ids {
                        group.addTask {
                            var stream = try await server.events("/v1/sessions/\(id)/events")
                            var socket = try await server.socket("/v1/sessions/\(id)/ws")
                            for number in 0..<10 {
                                let body = #"{"content":"Hi","wait_ms":9000}"#
                                _ = try await server.request("POST", "/v1/sessions/\(id)/messages", body)
                                _ = try await stream.upTo("turn.ended")
                                _ = try await socket.ask(number, #""op":"list""#)
                                _ = try await server.request("GET", "/v1/nothing/\(id)/\(number)")
                            }
                            stream.client.connection.close()
                            return [String]()
                        }
                    }
                    group.addTask {
                        var texts: [String] = []
                        for _ in 0..<20 { texts.append(try await server.request("GET", "/metrics").body) }
                        return texts
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                texts.append(try await server.request("GET", "/metrics").body)
            }
            let paths = try texts.enumerated().map { number, text in
                let file = directory.appending(path: "\(number).txt")
                try Data(text.utf8).write(to: file)
                return file.path
            }
            let checker = "\(Self.root)/Scripts/check-exposition"
            let result = try await TLSCommand.run([Self.python, checker] + paths, in: directory)
            #expect(result.status == 0 && result.output == "21 texts are valid\n", "\(result.output)")
            let last = try #require(texts.last)
            #expect(last.contains("\ntroupe_turns_ended_total{outcome=\"completed\"} 80\n"))
            #expect(last.contains("\ntroupe_websockets_commands_total{operation=\"list\",outcome=\"done\"} 80\n"))
        }

        @Test func `ten thousand sessions that came and went leave as many series as the first ten`() async throws {
            try await TestServer.with(configure: { settings in
                settings.supervisor.maximumSessions = 200
                settings.supervisor.remembrance = .zero
                settings.supervisor.sweepInterval = .milliseconds(5)
                settings.supervisor.logBytes = 64 << 10
            }) { server in
                func lives(_ range: Range<Int>) async throws {
                    try await withThrowingDiscardingTaskGroup { group in
                        for number in range {
                            group.addTask {
                                var options = SessionOptions()
                                options.id = "series\(number)"
                                options.name = "name \(number)"
                                options.model = "model-\(number)"
                                options.tags = ["tag\(number)"]
                                let session = try await server.supervisor.create(options)
                                if number.isMultiple(of: 20) {
                                    let path = "/v1/sessions/series\(number)"
                                    #expect(try await server.request("GET", path).status == 200)
                                }
                                await session.end(.deleted)
                            }
                        }
                    }
                    try await eventually("they are buried") { await server.supervisor.sessionCount == 0 }
                }
                try await lives(0..<10)
                #expect(try await server.request("GET", "/v1/sessions/series-none").status == 404)
                _ = try await server.request("GET", "/metrics")
                let early = Self.series(try await server.request("GET", "/metrics").body)
                for start in stride(from: 10, to: 10_000, by: 90) { try await lives(start..<min(start + 90, 10_000)) }
                let text = try await server.request("GET", "/metrics").body
                #expect(Self.series(text) == early)
                #expect(early.count < 1000)
                #expect(text.contains("\ntroupe_sessions_created_total 10000\n"))
                #expect(text.contains("\ntroupe_sessions_ended_total{reason=\"deleted\"} 10000\n"))
                #expect(!text.contains("series") && !text.contains("name 1") && !text.contains("tag1"))
                #expect(!text.contains("model-"))
            }
        }
    }
}
