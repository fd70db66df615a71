import Actors
import Hummingbird
import NIOCore

/// A delivery as its owner sees it: what was sent, and what came of each try.
struct DeliveryView: Encodable {
    let id: String
    let url: String
    let type: String
    let session: String
    let state: Delivery.State
    let attempts: [Delivery.Attempt]
    /// RFC 3339; while it waits.
    let nextAttemptAt: String?
    let createdAt: String
    /// What is sent, as text.
    let body: String?

    /// - Parameters:
    ///   - delivery: as it is.
    ///   - isWhole: with what is sent.
    init(_ delivery: Delivery, isWhole: Bool) {
        self.id = delivery.id
        self.url = delivery.url
        self.type = delivery.type
        self.session = delivery.session
        self.state = delivery.state
        self.attempts = delivery.attempts
        self.nextAttemptAt =
            delivery.state == .pending ? Timestamp.of(millisecondsSince1970: delivery.dueAt) : nil
        self.createdAt = delivery.createdAt
        self.body = isWhole ? delivery.body : nil
    }
}

/// `GET …/deliveries`: newest first.
struct DeliveryList: Encodable {
    let deliveries: [DeliveryView]
    let total: Int

    /// The part of some deliveries that a request asks for.
    ///
    /// - Throws: `Problem` for a state or limit that is none.
    static func response(_ deliveries: [Delivery], _ request: Request) throws -> Response {
        let limit = try request.number("limit", in: 1...SessionRoutes.listLimit, default: 100)
        var deliveries = deliveries
        if let text = request.uri.queryParameters["state"] {
            guard let state = Delivery.State(rawValue: String(text)) else {
                throw Problem(.badRequest, "state is pending, delivered or dead.")
            }
            deliveries.removeAll { $0.state != state }
        }
        let views = deliveries.prefix(limit).map { DeliveryView($0, isWhole: false) }
        return Response.json(.ok, DeliveryList(deliveries: views, total: deliveries.count))
    }
}
