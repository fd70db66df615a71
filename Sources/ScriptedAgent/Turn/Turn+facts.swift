extension Turn {
    /// Does a step that only tells the host something.
    func tell(_ step: Directive) {
        switch step {
        case .rateLimit(let status, let seconds):
            let utilization: Double =
                switch status {
                case "allowed": 0.5
                case "allowed_warning": 0.9
                default: 1
                }
            self.session.emit([
                "type": "rate_limit_event",
                "rate_limit_info": [
                    "status": .string(status), "resetsAt": JSON(Clock.wallMilliseconds / 1000 + seconds),
                    "rateLimitType": "five_hour", "utilization": JSON(utilization),
                ],
                "uuid": .string(self.session.identifiers.uuid()), "session_id": .string(self.session.id),
            ])
        case .cost(let nanodollars): self.fixedCost = nanodollars
        case .authenticationFailure:
            self.beginRequest()
            self.finishRefused(.notLoggedIn)
        default: self.misbehave(step)
        }
    }
}
