import Agent
package import Logging
import NIOCore

/// Sends what the desk has, a few calls at a time, until its task is cancelled.
///
/// A call that is cut short by that counts as none: the next server makes it.
package struct WebhookSender: Sendable {
    private let desk: WebhookDesk
    private let logger: Logger

    package init(desk: WebhookDesk, logger: Logger) {
        self.desk = desk
        self.logger = logger
    }

    package func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let (due, wait) = self.desk.takeDue()
                for delivery in due { group.addTask { await self.send(delivery) } }
                await self.desk.waitForNews(atMost: wait)
            }
        }
    }

    private func send(_ delivery: Delivery) async {
        let call = WebhookCall(
            url: delivery.url,
            secret: delivery.secret,
            delivery: delivery.id,
            event: delivery.type,
            body: ByteBuffer(string: delivery.body)
        )
        let isWanted = self.desk.isWanted(delivery)
        let outcome =
            isWanted ? await self.desk.caller.call(call) : WebhookOutcome(failure: .keyGone, tookMs: 0)
        let isCut = Task.isCancelled && outcome.failure != nil
        let changed = self.desk.called(delivery, isCut ? nil : outcome)
        guard let changed, let failure = outcome.failure, !isCut else { return }
        self.logger.log(
            level: changed.state == .dead ? .warning : .info,
            "a webhook could not be delivered",
            metadata: [
                LogKey.deliveryID: "\(delivery.id)", LogKey.webhookID: "\(delivery.target)",
                LogKey.sessionID: "\(delivery.session)", LogKey.eventType: "\(delivery.type)",
                LogKey.code: "\(failure.rawValue)", LogKey.status: "\(outcome.status ?? 0)",
                LogKey.count: "\(changed.tries)", LogKey.deliveryState: "\(changed.state.rawValue)",
            ]
        )
    }
}
