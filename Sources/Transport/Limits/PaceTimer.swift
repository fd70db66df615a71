import NIOCore

/// A connection's `RequestPace` and the one timer that looks at it.
///
/// Bound to the connection's event loop. The timer is only ever set anew when it fires or must fire earlier, so that a
/// request costs no more than its deadline's arithmetic.
final class PaceTimer {
    /// Called when the client was too slow; the timer is then at rest until something changes.
    var onViolation: ((RequestPace.Violation) -> Void)?

    private let eventLoop: any EventLoop
    private var pace: RequestPace
    private var scheduled: (at: NIODeadline, task: Scheduled<Void>)?
    private var isStopped = false

    init(_ limits: RequestPace.Limits, form: RequestPace.Form = .requests, eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.pace = RequestPace(limits, form: form, now: .now())
    }

    /// Tells the pace what happened.
    func note(_ change: (inout RequestPace, NIODeadline) -> Void) {
        change(&self.pace, .now())
        self.arm()
    }

    /// Looks from now on.
    func start() {
        self.arm()
    }

    func stop() {
        self.isStopped = true
        self.onViolation = nil
        self.scheduled?.task.cancel()
        self.scheduled = nil
    }

    private func arm() {
        guard !self.isStopped, let deadline = self.pace.deadline else { return }
        if let scheduled {
            guard deadline < scheduled.at else { return }
            scheduled.task.cancel()
        }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.scheduled = (deadline, self.eventLoop.scheduleTask(deadline: deadline) { bound.value.fire() })
    }

    private func fire() {
        self.scheduled = nil
        guard let violation = self.pace.violation(now: .now()) else { return self.arm() }
        self.onViolation?(violation)
    }
}
