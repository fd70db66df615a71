import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

extension ClientResolver {
    /// Where no route is: what is not below the base path goes there.
    private static let nowhere = "/.outside"

    /// The one door of every HTTP request: says in the context who asks, and takes the base path off.
    ///
    /// - Parameters:
    ///   - request: as it came.
    ///   - context: gets its client.
    ///   - isSecure: whether the connection is TLS.
    /// - Returns: the request as the routes know it.
    func enter(_ request: Request, _ context: inout APIContext, isSecure: Bool) -> Request {
        context.client = self.client(
            peer: context.channel.peer,
            isSecure: isSecure,
            authority: request.head.authority
        ) { name in
            HTTPField.Name(name).map { request.headers[values: $0] } ?? []
        }
        let path = context.client.prefix.dropLast(self.base.path.count) + request.uri.path
        context.clientPath = String(path)
        guard self.base != .root else { return request }
        var head = request.head
        head.path = self.base.strip(head.path ?? "/") ?? Self.nowhere
        return Request(head: head, body: request.body)
    }

    /// The same for a handshake that has not become a request.
    func client(of request: HTTPRequestHead, on channel: any Channel, isSecure: Bool) -> ClientAddress {
        self.client(peer: channel.peer, isSecure: isSecure, authority: request.headers.first(name: "Host")) { name in
            request.headers[name]
        }
    }
}

extension Channel {
    /// The other end; that of an HTTP/2 stream is its connection's.
    fileprivate var peer: SocketAddress? {
        self.remoteAddress ?? self.parent?.remoteAddress
    }
}
