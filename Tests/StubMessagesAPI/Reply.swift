/// What the stub has decided to answer to one model request.
struct Reply: Equatable {
    enum Block: Equatable {
        /// Text that is cut every `piece` scalars.
        case text(String, piece: Int)
        /// So many `x`, made as they are sent.
        case filler(Int, piece: Int)
        /// `w0 w1 …`, one a delta.
        case tokens(Int)
        /// `t0 t1 …`, one a delta, in a thinking block.
        case thinking(Int)
        /// A tool call with its input as JSON text.
        case tool(name: String, input: String)
    }

    enum Ending: Equatable {
        case stop(reason: String)
        /// An `error` event after the first block.
        case error
        /// The connection is cut after the first block.
        case drop
        /// Silence after the first block, with the connection open.
        case stall
    }

    enum Kind: Equatable {
        case message
        case failure(status: Int, type: String, text: String)
        /// Not even a response head.
        case hang
    }

    var kind = Kind.message
    var blocks: [Block] = []
    var ending = Ending.stop(reason: "end_turn")
    /// Tokens per second; nil is as fast as the reader reads.
    var rate: Double?
    /// How long the first byte is held back.
    var delay: Duration = .zero
    /// Response headers beside the usual ones.
    var headers: [String: String] = [:]

    /// One text block.
    static func text(_ text: String) -> Reply {
        Reply(blocks: [.text(text, piece: 64)])
    }
}
