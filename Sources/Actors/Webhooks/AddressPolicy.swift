/// Decides which addresses the server may call for others: those of the public internet, and what the operator allows.
///
/// A value without a resolver: whoever connects asks about the very address it connects to.
package struct AddressPolicy: Sendable {
    /// What the operator opens: a name, or a block of addresses.
    package enum Exception: Sendable, Hashable {
        case host(String)
        case block(TargetBlock)

        /// Reads `HOST`, `ADDRESS` or `ADDRESS/BITS`; `nil` for anything else.
        package init?(_ text: String) {
            if let block = TargetBlock(text) {
                self = .block(block)
            } else if WebhookURL.isName(text), !text.contains("/") {
                self = .host(WebhookURL.normal(text))
            } else {
                return nil
            }
        }
    }

    private let hosts: Set<String>
    private let blocks: [TargetBlock]

    /// - Parameter exceptions: what may be called although it is private.
    package init(allowing exceptions: [Exception] = []) {
        var hosts: Set<String> = []
        var blocks: [TargetBlock] = []
        for exception in exceptions {
            switch exception {
            case .host(let name): hosts.insert(name)
            case .block(let block): blocks.append(block)
            }
        }
        self.hosts = hosts
        self.blocks = blocks
    }

    /// Whether the operator has named this host, whatever it resolves to.
    package func allows(host: String) -> Bool { self.hosts.contains(WebhookURL.normal(host)) }

    /// Whether the operator has named this address.
    package func allowsByName(_ address: TargetAddress) -> Bool { self.blocks.contains { $0.contains(address) } }

    /// Whether an address that a host resolved to may be connected to.
    package func allows(_ address: TargetAddress, of host: String) -> Bool {
        self.allows(host: host) || self.allowsByName(address) || Self.isPublic(address)
    }

    /// The one address to connect to; `nil` unless *every* address of the host may be connected to.
    ///
    /// A name that has one private address among public ones is somebody's try.
    package func choose(_ addresses: [TargetAddress], of host: String) -> TargetAddress? {
        guard addresses.allSatisfy({ self.allows($0, of: host) }) else { return nil }
        return addresses.first
    }

    /// Whether it is an address of the public internet, unicast, and of no transition mechanism that hides another.
    package static func isPublic(_ address: TargetAddress) -> Bool {
        if address.isVersion4 { return !Self.specialVersion4.contains { $0.contains(address) } }
        // The prefix that DNS64 and NAT64 make addresses of is as good as the address in it (RFC 6052 §2.1).
        if let block = Self.translated, block.contains(address) {
            return TargetAddress(bytes: Array(address.bytes.suffix(4))).map(Self.isPublic) ?? false
        }
        guard let unicast = Self.globalUnicast, unicast.contains(address) else { return false }
        return !Self.specialVersion6.contains { $0.contains(address) }
    }

    private static let translated = TargetBlock("64:ff9b::/96")
    /// All that is given out today (IANA IPv6 Address Space): loopback, mapped, link-local, unique local, site-local and
    /// multicast addresses are outside.
    private static let globalUnicast = TargetBlock("2000::/3")

    /// IANA IPv4 Special-Purpose Address Registry (RFC 6890), with multicast and the reserved end.
    private static let specialVersion4 = [
        "0.0.0.0/8",  // this network
        "10.0.0.0/8",  // private
        "100.64.0.0/10",  // carrier-grade NAT
        "127.0.0.0/8",  // loopback
        "169.254.0.0/16",  // link-local, and the metadata services of clouds
        "172.16.0.0/12",  // private
        "192.0.0.0/24",  // IETF protocol assignments
        "192.0.2.0/24",  // documentation
        "192.31.196.0/24",  // AS112
        "192.52.193.0/24",  // AMT
        "192.88.99.0/24",  // 6to4 relays
        "192.168.0.0/16",  // private
        "192.175.48.0/24",  // AS112
        "198.18.0.0/15",  // benchmarks
        "198.51.100.0/24",  // documentation
        "203.0.113.0/24",  // documentation
        "224.0.0.0/4",  // multicast
        "240.0.0.0/4",  // reserved, and broadcast
    ].compactMap { TargetBlock($0) }

    /// IANA IPv6 Special-Purpose Address Registry, as far as it lies in `globalUnicast`.
    private static let specialVersion6 = [
        "2001::/23",  // IETF protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  // documentation
        "2002::/16",  // 6to4, which holds any IPv4 address
        "2620:4f:8000::/48",  // AS112
        "3fff::/20",  // documentation
    ].compactMap { TargetBlock($0) }
}
