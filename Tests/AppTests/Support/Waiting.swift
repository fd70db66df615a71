/// A condition that did not come true in time.
struct Timeout: Error, CustomStringConvertible {
    let description: String

    init(_ what: String, after limit: Duration) {
        self.description = "no \(what) within \(limit)"
    }
}

/// Looks at `condition` again and again until it gives something; the pause between two looks is 5 ms.
///
/// - Parameters:
///   - what: Completes "no … within 10 s".
///   - limit: When to give up.
///   - condition: Gives nil as long as there is nothing.
/// - Returns: What the condition gave.
/// - Throws: `Timeout`.
func waitFor<Value>(
    _ what: String,
    within limit: Duration = .seconds(20),
    _ condition: () throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try condition() { return value }
        guard ContinuousClock.now < deadline else { throw Timeout(what, after: limit) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Waits until `condition` holds.
///
/// - Parameters:
///   - what: Completes "no … within 10 s".
///   - limit: When to give up.
///   - condition: What has to become true.
/// - Throws: `Timeout`.
func waitUntil(
    _ what: String,
    within limit: Duration = .seconds(20),
    _ condition: () throws -> Bool
) async throws {
    let _: Void = try await waitFor(what, within: limit) { try condition() ? () : nil }
}

/// Runs `body` and prints how long it took, as a figure to keep an eye on.
func timed<Value>(_ what: String, _ body: () async throws -> Value) async rethrows -> Value {
    let start = ContinuousClock.now
    let value = try await body()
    let milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
    print("timing: \(what): \(milliseconds) ms")
    return value
}
