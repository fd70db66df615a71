import Actors
import Logging
import ServiceLifecycle
import Transport

/// The calls to webhooks; it outlives the sessions, whose last events are told too, and leaves what is not done by then to
/// the next server.
struct WebhookService: Service {
    let desk: WebhookDesk
    let caller: HTTPWebhookCaller
    let logger: Logger

    func run() async throws {
        let sender = WebhookSender(desk: self.desk, logger: self.logger)
        await cancelWhenGracefulShutdown { await sender.run() }
        await self.caller.shutDown()
    }
}
