import Agent
package import NIOCore
import Synchronization

/// The models that agents have told of when they started, by the account that they use: keys may have accounts of their own.
package final class KnownModels: Sendable {
    /// What the newest process of an account told.
    package struct List: Sendable {
        /// A JSON array, in the CLI's own words.
        package let models: ByteBuffer
        /// When it was told, as RFC 3339.
        package let asOf: String
    }

    /// A list that is longer is none that the CLI would write.
    private static let maximumBytes = 256 << 10
    /// Accounts that are remembered; where one more comes, any other is forgotten.
    private static let maximumAccounts = 1000

    private let lists = Mutex<[Account: List]>([:])

    init() {}

    /// What decides which models there are.
    private struct Account: Hashable {
        let configDirectory: String?
        let credential: String?

        init(_ confinement: SessionConfinement?) {
            self.configDirectory = confinement?.configDirectory
            self.credential = confinement?.credential
        }
    }

    /// Keeps what a process has told, if it is a JSON array.
    func note(_ models: ByteBuffer, of confinement: SessionConfinement?) {
        guard models.readableBytes <= Self.maximumBytes, JSONObject.elements(models) != nil else { return }
        // A copy: it was part of a line that need not be kept for it.
        let list = List(models: ByteBuffer(bytes: models.readableBytesView), asOf: Timestamp.now())
        let account = Account(confinement)
        self.lists.withLock { lists in
            if lists[account] == nil, lists.count >= Self.maximumAccounts, let other = lists.keys.first {
                lists[other] = nil
            }
            lists[account] = list
        }
    }

    /// What a caller's sessions could use; `nil` before any process of its account has told.
    package func list(for caller: Caller) -> List? {
        let account = Account(SessionConfinement(caller))
        return self.lists.withLock { $0[account] }
    }
}
