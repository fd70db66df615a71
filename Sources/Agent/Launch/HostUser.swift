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

    /// Gives it a file or directory; false when that may not be.
    func own(_ path: String) -> Bool { lchown(path, self.userID, self.groupID) == 0 }
}
