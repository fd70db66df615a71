/// Who is connected, and whether one more may be; decides only.
struct ConnectionTable {
    /// Why a connection is refused, and how.
    enum Entry: Equatable {
        case admitted
        /// It is told why; `leave` is owed as for any other.
        case refused
        /// Too many are being told already: it is closed at once, and was not counted.
        case dropped
    }

    /// Connections that may be on their way out with an explanation, beside those that are served.
    static let maximumRefusals = 64

    /// Those that are served.
    private(set) var count = 0
    private(set) var refusals = 0
    private var counts: [AddressBlock: Int] = [:]

    /// Decides on one more.
    ///
    /// - Parameters:
    ///   - address: whose it is.
    ///   - isExempt: whether it is not counted against its address.
    ///   - limits: what there may be.
    /// - Returns: what becomes of it.
    mutating func enter(_ address: AddressBlock, isExempt: Bool, _ limits: ConnectionLimits) -> Entry {
        let isOver = !isExempt && self.counts[address, default: 0] >= limits.maximumConnectionsPerAddress
        guard self.count < limits.maximumConnections, !isOver else {
            guard self.refusals < Self.maximumRefusals else { return .dropped }
            self.refusals += 1
            return .refused
        }
        self.count += 1
        self.counts[address, default: 0] += 1
        return .admitted
    }

    /// The end of one that was admitted.
    mutating func leave(_ address: AddressBlock) {
        self.count -= 1
        let left = self.counts[address, default: 1] - 1
        self.counts[address] = left > 0 ? left : nil
    }

    /// The end of one that was refused.
    mutating func refusalEnded() {
        self.refusals -= 1
    }

    /// Addresses that are connected.
    var addresses: Int { self.counts.count }
}
