import Actors
import Agent
import NIOCore

/// A URL and a secret, as jobs and webhooks bring them.
struct HookFields {
    /// A secret that is longer helps nobody.
    private static let secretBytes = 16...256

    let url: WebhookURL?
    /// The client's own, or made.
    let secret: String
    /// Whether the client must be told it, since it has not brought it.
    let isMade: Bool

    /// Reads the two fields; what is wrong with them is noted.
    init(_ fields: inout RequestFields, url urlKey: StaticString, secret secretKey: StaticString) {
        var url: WebhookURL?
        if let text = fields.string(urlKey, maximumLength: WebhookURL.maximumBytes) {
            do throws(WebhookURL.Flaw) {
                url = try WebhookURL(text)
            } catch {
                let _: Void? = fields.wrong(urlKey, error.message)
            }
        }
        let secret = fields.string(secretKey)
        if let secret {
            let isPlain = secret.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            if !isPlain || !Self.secretBytes.contains(secret.utf8.count) {
                let _: Void? = fields.wrong(secretKey, "must be 16 to 256 printable ASCII characters without spaces")
            }
        }
        self.url = url
        self.secret = secret ?? Identifier.secret()
        self.isMade = secret == nil
    }

    /// Refuses a target that this server must not call.
    ///
    /// - Throws: `Problem`, which says the same of a name that does not resolve and one that resolves to a private address.
    static func check(_ url: WebhookURL, field: StaticString, by caller: any WebhookCaller) async throws(Problem) {
        guard await !caller.mayCall(url) else { return }
        let message =
            "is no target this server may call: private addresses and unusual ports need its --allow-webhook-target"
        throw Problem(
            .webhookTargetRefused,
            "This server does not call that target.",
            errors: [Problem.FieldError(pointer: "/\(field)", message: message)]
        )
    }
}

/// What `POST /v1/webhooks` asks for.
struct WebhookRequest {
    private static let maximumEvents = 64

    let hook: HookFields
    let url: WebhookURL
    let events: [String]
    let session: String?

    /// - Throws: `Problem` with every field that is wrong.
    init(_ fields: inout RequestFields) throws(Problem) {
        let hook = HookFields(&fields, url: "url", secret: "secret")
        let events = fields.strings("events")
        self.session = fields.string("session", maximumLength: 129)
        if !fields.has("url") { let _: Void? = fields.wrong("url", "is missing") }
        if events.isEmpty || events.count > Self.maximumEvents || !events.allSatisfy(Self.isEvents) {
            let _: Void? = fields.wrong(
                "events",
                "must be 1 to 64 beginnings of event types, such as turn.ended or job."
            )
        }
        if hook.url == nil, fields.errors.isEmpty { let _: Void? = fields.wrong("url", "must be a URL") }
        try fields.finish()
        guard let url = hook.url else { throw Problem(.invalidRequest, "The webhook has no URL.") }
        self.hook = hook
        self.url = url
        self.events = events
    }

    private static func isEvents(_ text: String) -> Bool {
        text == "*"
            || (1...64).contains(text.utf8.count)
                && text.utf8.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == 0x2E || $0 == 0x5F
                }
    }
}

/// What `POST /v1/sessions/{id}/jobs` asks for.
struct JobRequest {
    let content: ByteBuffer
    /// Who is told of its end; its target is still to be checked.
    let hook: HookFields?

    /// - Throws: `Problem` with every field that is wrong.
    init(_ fields: inout RequestFields) throws(Problem) {
        let content = fields.content("content")
        let hook = HookFields(&fields, url: "webhook_url", secret: "webhook_secret")
        if content == nil, fields.errors.isEmpty { let _: Void? = fields.wrong("content", "is missing") }
        try fields.finish()
        self.content = content ?? ByteBuffer()
        self.hook = hook.url == nil ? nil : hook
    }
}
