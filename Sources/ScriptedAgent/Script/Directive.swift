/// One step of a scripted turn.
enum Directive: Equatable, Sendable {
    case say(String)
    /// Tokens `w0 w1 …`; a rate of 0 is at once.
    case echo(count: Int, rate: Double)
    case text(bytes: Int, chunk: Int, rate: Double)
    case unicode
    case think(count: Int, textCount: Int)
    case tools([ToolRequest], introduction: String?)
    /// The API refuses with that status, `times` times; nil is for ever.
    case refusal(status: Int, times: Int?)
    case promptTooLong
    /// The stream breaks after some tokens and is repeated without streaming.
    case brokenStream(tokens: Int)
    case hang
    case stall(tokens: Int)
    case pause(milliseconds: Int)
    case stop(reason: String)
    case empty
    case crash(code: Int32)
    case crashBySignal(Int32)
    case ignore(Ignored)
    case giant(bytes: Int)
    case invalid(String)
    case unknown(type: String)
    /// A fact of the session as text.
    case tell(Fact)
    case forkShell(seconds: Int)
    case complain(String)
    case subagent(text: String)
    /// A `rate_limit_event`; the limit is lifted after so many seconds.
    case rateLimit(status: String, seconds: Int)
    /// The process has no credentials.
    case authenticationFailure
    /// The turn costs exactly that many billionths of a US dollar.
    case cost(nanodollars: Int)

    /// What a program can be told not to heed.
    enum Ignored: String, Sendable {
        case interrupts = "ignore-interrupts"
        case control = "ignore-control"
        case signals = "ignore-signals"
    }

    /// What the agent can say about itself.
    enum Fact: Equatable, Sendable {
        /// The friendly answer to a prompt without directives.
        case plain(String)
        case memory
        case usage
        case model
        case thinkingBudget
        case workingDirectory
        case arguments
        case environment(String)
    }

    /// One tool call to make.
    struct ToolRequest: Equatable, Sendable {
        var name: String
        var input: JSON
        /// Asks the host whatever the permission mode says.
        var alwaysAsks = false
        /// Runs without asking.
        var neverAsks = false
        /// Milliseconds between the signs of life of a running command; 0 is none, nil the CLI's own 30 s.
        var heartbeat: Int?
    }
}
