import Tracing

/// Where in which trace something happens (W3C Trace Context, level 1).
struct TraceContext: Sendable, Equatable {
    private static let version = "00"
    /// What is passed on unread is bounded (§3.3.1.5).
    private static let maximumStateBytes = 512

    let traceID: String
    let spanID: String
    /// Bit 0: the caller records its part.
    let flags: UInt8
    /// `tracestate`, as it came.
    var state: String?

    /// A trace of its own.
    init() {
        self.init(traceID: Self.random(16), spanID: Self.random(8), flags: 1, state: nil)
    }

    private init(traceID: String, spanID: String, flags: UInt8, state: String?) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
        self.state = state
    }

    /// Reads `traceparent`, `version-trace-parent-flags` in hexadecimal (§3.2).
    ///
    /// - Returns: `nil` for one that is not valid, which is as if there were none.
    init?(parent: String, state: String? = nil) {
        let parts = parent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts.prefix(4).map(\.utf8.count) == [2, 32, 16, 2],
            parts.prefix(4).allSatisfy({ $0.utf8.allSatisfy(Self.isHexadecimal) }), parts[0] != "ff",
            // A later version may have more to say; this one has not.
            parts[0] != Self.version || parts.count == 4,
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" }),
            let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        self.init(
            traceID: String(parts[1]),
            spanID: String(parts[2]),
            flags: flags,
            state: state.flatMap { $0.utf8.count <= Self.maximumStateBytes ? $0 : nil }
        )
    }

    /// A step within the same trace.
    var child: TraceContext {
        TraceContext(traceID: self.traceID, spanID: Self.random(8), flags: self.flags, state: self.state)
    }

    /// As `traceparent` has it.
    var parent: String {
        let flags = String(self.flags & 1, radix: 16)
        return "\(Self.version)-\(self.traceID)-\(self.spanID)-0\(flags)"
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    /// Never all zeros, which is no id.
    private static func random(_ bytes: Int) -> String {
        (0..<bytes / 8).map { _ in
            let digits = String(UInt64.random(in: 1 ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

extension ServiceContext {
    private enum Key: ServiceContextKey {
        typealias Value = TraceContext
        static var nameOverride: String? { "trace" }
    }

    /// Where this work is in a trace, if it is in one.
    var trace: TraceContext? {
        get { self[Key.self] }
        set { self[Key.self] = newValue }
    }
}
