import Actors
import Foundation
import NIOCore
import NIOPosix

/// Finds the addresses of a host name, as the system's own resolver does, within a time limit.
///
/// The resolver blocks, so it has threads of its own: slow names hold up nobody but other names.
final class AddressResolver: Sendable {
    struct Unresolved: Error {}

    private static let threads = 4
    private static let patience: TimeAmount = .seconds(5)

    private let pool = NIOThreadPool(numberOfThreads: AddressResolver.threads)
    private let eventLoopGroup: any EventLoopGroup

    init(_ eventLoopGroup: any EventLoopGroup) {
        self.eventLoopGroup = eventLoopGroup
        self.pool.start()
    }

    /// The addresses of a name, in the order in which they should be tried; an address is its own.
    ///
    /// - Throws: `Unresolved` when there is none, or nobody says in time.
    func addresses(of host: String) async throws -> [TargetAddress] {
        if let address = TargetAddress(host) { return [address] }
        let promise = self.eventLoopGroup.next().makePromise(of: [TargetAddress].self)
        // Who is first counts: a promise is kept once.
        let limit = promise.futureResult.eventLoop.scheduleTask(in: Self.patience) { promise.fail(Unresolved()) }
        self.pool.submit { state in
            guard state == .active, case let found = Self.lookUp(host), !found.isEmpty else {
                return promise.fail(Unresolved())
            }
            promise.succeed(found)
        }
        defer { limit.cancel() }
        return try await promise.futureResult.get()
    }

    /// Ends its threads; names that are still looked up are not found.
    func shutDown() async {
        // Nothing can be done about a thread that does not end.
        try? await self.pool.shutdownGracefully()
    }

    private static func lookUp(_ host: String) -> [TargetAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &found) == 0 else { return [] }
        defer { freeaddrinfo(found) }
        var addresses: [TargetAddress] = []
        var next = found
        while let entry = next?.pointee {
            if let address = Self.address(entry), !addresses.contains(address) { addresses.append(address) }
            next = entry.ai_next
        }
        return addresses
    }

    private static func address(_ entry: addrinfo) -> TargetAddress? {
        guard let address = entry.ai_addr else { return nil }
        // The system says which kind of address is behind the pointer (getaddrinfo(3)).
        switch entry.ai_family {
        case AF_INET:
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                withUnsafeBytes(of: address.pointee.sin_addr) { TargetAddress(bytes: Array($0)) }
            }
        case AF_INET6:
            return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                withUnsafeBytes(of: address.pointee.sin6_addr) { TargetAddress(bytes: Array($0)) }
            }
        default:
            return nil
        }
    }
}
