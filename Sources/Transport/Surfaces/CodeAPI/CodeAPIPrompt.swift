import Actors
import Agent
import NIOCore

/// What claude-code-api's clients ask: the body of chat, of its stream, and of jobs.
struct CodeAPIPrompt: Sendable {
    let message: String
    /// The message as prompts are handed in.
    let content: ByteBuffer
    /// What holds for this request in the place of what the session was made with.
    let variation: SessionVariation
    /// Who is told of a job's end.
    let webhook: WebhookURL?

    /// Reads and checks the fields.
    ///
    /// - Parameters:
    ///   - body: of the request.
    ///   - isJob: whether `webhook_url` is one of them.
    /// - Throws: `Problem` with every field that is wrong.
    init(_ body: ByteBuffer, isJob: Bool = false) throws(Problem) {
        var fields = try RequestFields(body)
        let message = fields.string("message", maximumLength: 1_000_000)
        if message == nil, fields.errors.isEmpty { let _: Void? = fields.wrong("message", "is missing") }
        if message?.isEmpty == true { let _: Void? = fields.wrong("message", "must have at least 1 character") }
        var variation = SessionVariation()
        variation.model = fields.string("model", maximumLength: 100)
        variation.systemPrompt = fields.string("system", maximumLength: 50_000)
        variation.effort = fields.string("effort")
        variation.permissionMode = fields.oneOf("permission_mode", CreateRequest.permissionModes)
        variation.outputSchema = fields.object("output_format", maximumBytes: 64 << 10).flatMap(Self.schema)
        var webhook: WebhookURL?
        if isJob, let text = fields.string("webhook_url", maximumLength: WebhookURL.maximumBytes) {
            do throws(WebhookURL.Flaw) {
                webhook = try WebhookURL(text)
            } catch {
                let _: Void? = fields.wrong("webhook_url", error.message)
            }
        }
        var content: PromptContent?
        if let message, !message.isEmpty {
            do {
                content = try PromptContent(JSONText.quoted(message))
            } catch {
                let _: Void? = fields.wrong("message", error.message)
            }
        }
        try fields.finish()
        self.message = message ?? ""
        self.content = content?.bytes ?? ByteBuffer(string: "\"\"")
        self.variation = variation
        self.webhook = webhook
    }

    /// The schema of `{"type":"json_schema","schema":{…}}`, or what is one itself.
    private static func schema(_ format: String) -> String? {
        guard let inner = JSONObject(ByteBuffer(string: format))?.object("schema") else { return format }
        return String(buffer: inner.bytes)
    }
}
