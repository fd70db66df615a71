/// Says whose process one is, in its environment, from where no loss of parents removes it.
///
/// Text: `<server pid>.<server start time in ticks>.<session id>.<nonce>`.
package struct OwnerMark: Sendable, Equatable, CustomStringConvertible {
    /// The environment variable that holds it.
    package static let variable = "TROUPE_OWNER"

    package let serverPID: Int32
    package let serverStartTime: UInt64
    package let sessionID: String
    /// Tells the processes of one session apart; letters and digits.
    package let nonce: String

    package init(serverPID: Int32, serverStartTime: UInt64, sessionID: String, nonce: String) {
        self.serverPID = serverPID
        self.serverStartTime = serverStartTime
        self.sessionID = sessionID
        self.nonce = nonce
    }

    /// A fresh mark of this process.
    package init(sessionID: String) {
        self.init(
            serverPID: ProcessTree.ownPID,
            serverStartTime: Self.ownStartTime,
            sessionID: sessionID,
            nonce: String(UInt64.random(in: .min ... .max), radix: 36)
        )
    }

    /// Reads the text; nil if it is not a mark.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 4, let pid = Int32(parts[0]), pid > 0, let startTime = UInt64(parts[1]),
            let nonce = parts.last
        else { return nil }
        self.serverPID = pid
        self.serverStartTime = startTime
        self.sessionID = parts[2..<(parts.count - 1)].joined(separator: ".")
        self.nonce = String(nonce)
    }

    package var description: String {
        "\(Self.serverPrefix(pid: self.serverPID, startTime: self.serverStartTime))\(self.sessionID).\(self.nonce)"
    }

    /// What all marks of one server begin with.
    package static func serverPrefix(pid: Int32, startTime: UInt64) -> String { "\(pid).\(startTime)." }

    /// What all marks of this process begin with.
    package static var ownPrefix: String { self.serverPrefix(pid: ProcessTree.ownPID, startTime: self.ownStartTime) }

    private static let ownStartTime = ProcessTree.startTime(of: ProcessTree.ownPID) ?? 0
}
