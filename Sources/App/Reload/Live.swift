import Synchronization

/// A value that a reload may change under those who read it each time they need it.
final class Live<Value: Sendable>: Sendable {
    private let current: Mutex<Value>

    init(_ value: Value) {
        self.current = Mutex(value)
    }

    var value: Value {
        get { self.current.withLock { $0 } }
        set { self.current.withLock { $0 = newValue } }
    }
}
