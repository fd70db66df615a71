import Actors
import Foundation
import NIOCore
import Testing

@testable import Transport

/// That `/asyncapi.json` says what the streams do.
struct AsyncAPIDocumentTests {
    private static func messages() throws -> [DocumentNode.Member] {
        try AsyncAPIDocument(version: "1").root["components"]?["messages"]?.members ?? []
    }

    /// The types of events that the sources of `Actors` write.
    private static func emittedTypes() throws -> Set<String> {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/Actors")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        // A literal that is a type: the first of its words is a subject of events, and it is no key of a log's metadata.
        let literal = /"((?:session|turn|message|approval|process|budget|limit|auth|job|viewer)\.[a-z_]+)"(?!:)/
        var types: Set<String> = []
        let others: Set = ["Metrics", "Tracing"]
        for case let file as URL in files where file.pathExtension == "swift" {
            guard !others.contains(file.deletingLastPathComponent().lastPathComponent) else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            for line in text.split(separator: "\n") where !line.contains("metadata") {
                types.formUnion(line.matches(of: literal).map { String($0.1) })
            }
        }
        return types.filter { !$0.hasSuffix(".id") }
    }

    @Test func `every event the server writes is a message, and no other`() throws {
        let events = try Self.messages().map(\.key).filter {
            !$0.hasPrefix("stream.") && !$0.hasPrefix("command.") && !$0.hasPrefix("answer.") && $0 != "agent"
        }
        #expect(try Set(events) == Self.emittedTypes())
    }

    @Test func `every frame of a stream is a message, and no other`() throws {
        let frames = try Self.messages().map(\.key).filter { $0.hasPrefix("stream.") }
        #expect(Set(frames) == Set(StreamFrame.Kind.allCases.map(\.rawValue)))
    }

    @Test func `every operation of the WebSocket is a message with its scope, and no other`() throws {
        let commands = try Self.messages().filter { $0.key.hasPrefix("command.") }
        let described = commands.map { "\($0.key.dropFirst(8)) \($0.value["x-required-scope"]?.text ?? "nothing")" }
        let known = WebSocketCommand.Operation.allCases.map { "\($0.rawValue) \($0.scope?.rawValue ?? "nothing")" }
        #expect(Set(described) == Set(known))
        let answers = try Self.messages().map(\.key).filter { $0.hasPrefix("answer.") }
        let answered = WebSocketCommand.Operation.allCases.map { "answer.\($0.rawValue)" } + ["answer.failure"]
        #expect(Set(answers) == Set(answered))
    }

    @Test func `every close code is in the list, and no other`() throws {
        let root = try AsyncAPIDocument(version: "1").root
        let codes = root["components"]?["schemas"]?["CloseCode"]?["enum"]?.elements ?? []
        #expect(codes == StreamEnd.allCases.map { .number("\($0.rawValue)") })
    }
}
