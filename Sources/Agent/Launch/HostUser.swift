import Glibc

/// A user of this machine, by numbers; files and processes can belong to another than the server's where it runs as root.
package struct HostUser: Sendable, Equatable, Codable {
    package let userID: UInt32
    package let groupID: UInt32

    package init(userID: UInt32, groupID: UInt32) {
        self.userID = userID
        self.groupID = groupID
    }

    /// Whether this process may start others as another user.
    package static var canBeOthers: Bool { geteuid() == 0 }

    /// The command line that becomes this user, without the groups of the server, and then runs another.
    ///
    /// `setpriv` (util-linux) does it after its own start. Between fork and exec it may not be done: glibc's setgroups(3) there
    /// waits for ever when a thread of this process was about to begin, which the child does not have (`setxid_mark_thread`), and no
    /// other child could be started behind it.
    ///
    /// - Parameter command: a program's path and its arguments.
    /// - Returns: the same for `setpriv`.
    func command(_ command: [String]) -> [String] {
        ["/usr/bin/setpriv", "--reuid=\(self.userID)", "--regid=\(self.groupID)", "--clear-groups", "--"] + command
    }

    /// Gives it a file or directory; false when that may not be.
    func own(_ path: String) -> Bool { lchown(path, self.userID, self.groupID) == 0 }
}
