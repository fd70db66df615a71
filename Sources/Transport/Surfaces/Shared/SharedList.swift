import HTTPTypes
import Hummingbird

/// What `GET /api/v1/sessions` is asked for, in the words of whichever system.
struct SharedList {
    private static let pageLimit = 100
    private static let standardPage = 20
    private static let newest = 100

    /// Those of one user (claude-code-api).
    let user: String?
    /// Those in a state (clinvoker).
    let status: String?
    /// Those of one agent (clinvoker).
    let backend: String?
    let offset: Int
    /// `nil` for all.
    let limit: Int?

    /// Reads the query: `page` or `user_id` ask for claude-code-api's pages, `offset`, `status` or `backend` for clinvoker's
    /// parts; without any of these it is the newest.
    ///
    /// - Throws: `Problem` for what is no number.
    init(_ request: Request) throws(Problem) {
        let query = request.uri.queryParameters
        let limit = try Self.number("limit", request)
        let offset = try Self.number("offset", request)
        let page = try Self.number("page", request)
        self.user = query["user_id"].map(String.init)
        self.status = query["status"].map(String.init)
        self.backend = query["backend"].map(String.init)
        if page != nil || self.user != nil {
            let size = min(max(1, limit ?? Self.standardPage), Self.pageLimit)
            self.limit = size
            self.offset = (min(max(1, page ?? 1), 1_000_000) - 1) * size
        } else if offset != nil || self.status != nil || self.backend != nil {
            self.limit = limit.flatMap { $0 > 0 ? $0 : nil }
            self.offset = max(0, offset ?? 0)
        } else {
            self.limit = limit.map { $0 > 0 ? $0 : Self.newest } ?? Self.newest
            self.offset = 0
        }
    }

    /// Whether a session is one of those.
    func fits(_ item: SharedItem) -> Bool {
        (self.user == nil || self.user == item.user) && item.fits(backend: self.backend, status: self.status)
    }

    /// The answer's members.
    ///
    /// - Parameters:
    ///   - items: all that fit, in order.
    ///   - context: the request's.
    /// - Returns: one page of them.
    func page(of items: [SharedItem], _ context: APIContext) -> JSONMembers {
        let size = self.limit ?? max(1, items.count)
        let rest = items.dropFirst(self.offset)
        let page = self.limit.map { Array(rest.prefix($0)) } ?? Array(rest)
        var pagination = JSONMembers()
        pagination.put("total", items.count)
        pagination.put("page", self.offset / size + 1)
        pagination.put("limit", size)
        pagination.put("pages", (items.count + size - 1) / size)
        pagination.put("offset", self.offset)
        pagination.put("hasMore", self.offset + page.count < items.count)
        var body = JSONMembers()
        body.put("sessions", array: page.map(\.members.bytes))
        body.put("total", items.count)
        body.put("limit", self.limit ?? 0)
        body.put("offset", self.offset)
        body.put("data", array: page.map(\.listed))
        body.put("meta", raw: CodeAPIEnvelope.meta(context))
        body.put("pagination", pagination)
        return body
    }

    private static func number(_ name: String, _ request: Request) throws(Problem) -> Int? {
        guard let text = request.uri.queryParameters[name[...]], !text.isEmpty else { return nil }
        guard let number = Int(text), number.magnitude <= 1 << 40 else {
            throw Problem(
                .invalidRequest,
                "The query has a number that is none.",
                errors: [Problem.FieldError(pointer: "/\(name)", message: "must be a whole number")]
            )
        }
        return number
    }
}
