package import Tracing

/// The tracer of the program, if it has one.
package enum ActiveTracer {
    /// `nil` when none was bootstrapped: then nobody has to make spans that go nowhere.
    package static var current: (any Tracer)? {
        let tracer = InstrumentationSystem.tracer
        return tracer is NoOpTracer ? nil : tracer
    }
}
