import Actors
import Foundation

extension Caller {
    /// How long its viewer link lasts from `now` on; `nil` for a caller that does not end by itself.
    func timeLeft(now: Date = Date()) -> Duration? {
        self.expires.map { .seconds(Double($0) - now.timeIntervalSince1970) }
    }
}
