/// A wait of a test that did not come to its end.
struct TimedOut: Error {}

/// The result of `work`, or `TimedOut`; also when `work` does not heed cancellation, as one that waits for a lost
/// continuation.
func within<Value: Sendable>(
    _ limit: Duration = .seconds(45),
    _ work: @escaping @Sendable () async -> Value
) async throws -> Value {
    let (values, continuation) = AsyncStream.makeStream(of: Value?.self, bufferingPolicy: .bufferingOldest(1))
    let task = Task { _ = continuation.yield(await work()) }
    let alarm = Task {
        try? await Task.sleep(for: limit)
        continuation.yield(nil)
    }
    defer {
        task.cancel()
        alarm.cancel()
    }
    var iterator = values.makeAsyncIterator()
    guard let value = await iterator.next() ?? nil else { throw TimedOut() }
    return value
}
