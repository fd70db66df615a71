import Actors
import Agent
import Foundation
import NIOCore

/// What a response repeats of its request: kept in the notes of its session, as the log does not have it.
struct ResponseFacts: Codable, Equatable, Sendable {
    /// The note that has the newest of them, by message.
    static let note = "openai.responses"
    /// As many are kept for a session; of older ones only what the log has is known.
    private static let limit = 64

    var model: String
    /// Seconds since 1970.
    var createdAt: Int
    var instructions: String?
    var previous: String?
    var isBackground = false
    var isStored = true
    var user: String?
    var metadata: [String: String] = [:]
    /// Whether the answer has a shape, `text.format` that says which.
    var isInSchema = false
    private var formatText: String?

    init(model: String, createdAt: Int) {
        self.model = model
        self.createdAt = createdAt
    }

    /// JSON.
    var format: ByteBuffer? {
        get { self.formatText.map { ByteBuffer(string: $0) } }
        set { self.formatText = newValue.map { String(buffer: $0) } }
    }

    /// One message's.
    private struct Kept: Codable {
        let message: String
        let facts: ResponseFacts
    }

    /// Those of a message.
    ///
    /// - Parameters:
    ///   - message: its id.
    ///   - note: of its session.
    /// - Returns: `nil` when they are no longer kept.
    static func read(_ message: String, in note: String?) -> ResponseFacts? {
        Self.all(note).last { $0.message == message }?.facts
    }

    /// The note with these among them.
    func added(_ message: String, to note: String?) -> String? {
        let all = (Self.all(note) + [Kept(message: message, facts: self)]).suffix(Self.limit)
        return (try? JSONEncoder().encode(Array(all))).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func all(_ note: String?) -> [Kept] {
        note.flatMap { try? JSONDecoder().decode([Kept].self, from: Data($0.utf8)) } ?? []
    }
}
