/// What is told of a request that the API refused for good.
struct Refusal {
    /// The HTTP status, if there was an answer.
    var status: Int?
    /// The `error` of the synthetic `assistant` line.
    var name: String
    /// The API's own name of the error.
    var type: String?
    /// What people read.
    var text: String
    /// The `terminal_reason` of the result.
    var reason = "api_error"

    /// What a process without credentials says.
    static let notLoggedIn = Refusal(
        name: "authentication_failed",
        text: "Not logged in · Please run /login"
    )
}
