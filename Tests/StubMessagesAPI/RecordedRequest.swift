/// What the stub remembers of one request.
package struct RecordedRequest: Sendable, Equatable {
    /// The HTTP method, as `POST`.
    package var method: String
    /// The path without its query, as `/v1/messages`.
    package var path: String
    /// The model asked for, where the body names one.
    package var model: String?
    /// Messages in the body; the CLI (2.1.329) adds one of the role `system` behind the first prompt.
    package var messageCount = 0
    /// The user text that chose the reply, its first 4096 characters.
    package var lastUserText = ""
    /// Whether the reply was asked for as server-sent events.
    package var isStreamed = false
    /// Tools offered to the model.
    package var toolCount = 0
    /// Assistant messages since `lastUserText`, which is the index of the directive that answers.
    package var step = 0
    /// Whether this is a title or a probe and no turn of the conversation.
    package var isSide = false
    /// Size of the body.
    package var bodyBytes = 0
}
