import Actors
import Agent
import Foundation
import NIOCore

/// What a prompt is asked with: `POST /query`, and the session of `POST /session/start`.
struct SDKServerOptions {
    /// The names that the original's document has, which no longer exist, as the CLI's own for the same family.
    private static let retired = [
        "claude-3-5-sonnet-20241022": "sonnet", "claude-3-5-haiku-20241022": "haiku", "claude-3-opus-20240229": "opus",
    ]

    let session: SessionOptions

    /// - Parameters:
    ///   - fields: of the request.
    ///   - caller: who asks; one that may work in some directories only is not told here which others exist.
    init(_ fields: inout SDKServerFields, for caller: Caller) {
        var options = SessionOptions()
        options.model = fields.string("model").flatMap { $0.isEmpty ? nil : Self.retired[$0] ?? $0 }
        options.allowedTools = fields.strings("allowed_tools")
        options.permissionMode = fields.string("permission_mode")
        if let mode = options.permissionMode, !CreateRequest.permissionModes.contains(mode) {
            fields.fail("permission_mode", noneOf: CreateRequest.permissionModes)
        }
        // The SDK passes none on that is not above zero.
        options.maximumTurns = fields.integer("max_turns").flatMap { $0 > 0 ? min($0, 10_000) : nil }
        options.workingDirectory = fields.string("cwd")
        if let directory = options.workingDirectory, !CreateRequest.isDirectory(directory, caller.may(.settings)) {
            fields.fail(value: "cwd", "this must be the absolute path of a directory")
        }
        self.session = options
    }
}

/// A prompt of this system: a text.
struct SDKServerPrompt {
    /// Checked JSON.
    let content: ByteBuffer

    /// - Parameters:
    ///   - text: as the client wrote it.
    ///   - key: the field it is in.
    ///   - fields: where what is wrong with it is noted.
    init(_ text: String, _ key: StaticString, _ fields: inout SDKServerFields) {
        do throws(ContentError) {
            self.content = try PromptContent(JSONText.quoted(text)).bytes
        } catch {
            fields.fail(value: key, error.message)
            self.content = ByteBuffer()
        }
    }
}
