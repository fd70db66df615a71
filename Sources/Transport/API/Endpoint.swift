import Actors
import HTTPTypes

/// One route: what it is called in the documents, who may call it, and what it counts as.
struct Endpoint: Sendable {
    let method: HTTPRequest.Method
    /// With its parameters, as `/v1/sessions/:id`.
    let path: String
    /// `operationId` of the OpenAPI document.
    let operation: String
    /// `nil` for all, with a key or without.
    let scope: Scope?
    let `class`: RouteClass
    /// Whether the holder of a viewer link may call it.
    let isForViewers: Bool
    /// Whose it is; `nil` for the native API's, which alone is in its OpenAPI document.
    var surface: Surface?

    /// Whether it does something that is to be known afterwards, rather than looks: also by a GET, as some systems have it.
    var isAct: Bool { self.scope == .send || self.scope != nil && self.method != .get && self.method != .head }
}
