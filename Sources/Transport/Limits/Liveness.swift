import Glibc
import NIOCore

/// Makes the kernel look after a connection whose other side may have vanished without a word.
enum Liveness {
    /// Seconds of silence before the kernel asks, between two questions, and for what was sent to be acknowledged.
    private static let idle = 60
    private static let interval = 15
    private static let questions = 4
    private static let unacknowledged = 60

    /// Sets what tcp(7) has for it; a socket that knows none of it stays as it is.
    static func watch(_ channel: any Channel) {
        guard let options = channel.syncOptions else { return }
        try? options.setOption(.socketOption(.so_keepalive), value: 1)
        try? options.setOption(Self.option(TCP_KEEPIDLE), value: .init(Self.idle))
        try? options.setOption(Self.option(TCP_KEEPINTVL), value: .init(Self.interval))
        try? options.setOption(Self.option(TCP_KEEPCNT), value: .init(Self.questions))
        try? options.setOption(Self.option(TCP_USER_TIMEOUT), value: .init(Self.unacknowledged * 1000))
    }

    private static func option(_ name: Int32) -> ChannelOptions.Types.SocketOption {
        .tcpOption(.init(rawValue: name))
    }
}
