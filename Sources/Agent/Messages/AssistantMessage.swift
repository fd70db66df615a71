package import NIOCore

/// The part of an `assistant` line a server looks at: one finished block of a message.
package struct AssistantMessage: Sendable, Equatable {
    /// The API's id; one message gives a line for each of its blocks.
    package var messageID: String
    /// The text of its text blocks, joined.
    package var text: String
    /// The tools its blocks call.
    package var toolNames: [String]
    /// Cut by an interrupt.
    package var isAborted: Bool
    /// `rate_limit`, `authentication_failed`, …: the text is an error that people are shown.
    package var errorKind: String?

    /// Reads an `assistant` line; throws `malformed_message` if it is none.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), object.string("type") == "assistant",
            let message = object.object("message")
        else { throw AgentError(.malformedMessage, "not an assistant message") }
        self.messageID = message.string("id") ?? ""
        let blocks = (message.array("content") ?? []).compactMap { JSONObject($0) }
        self.text = blocks.filter { $0.string("type") == "text" }.compactMap { $0.string("text") }.joined()
        self.toolNames = blocks.filter { $0.string("type") == "tool_use" }.compactMap { $0.string("name") }
        self.isAborted = object.bool("aborted") ?? false
        self.errorKind = object.string("error")
    }
}
