import Glibc

/// Blocking writes and loopback connections.
///
/// Plain sockets and not NIO's: the reader shares two cores with what it measures, and should cost as little as it can.
enum Descriptor {
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws(BenchmarkError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BenchmarkError("write: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }

    /// A connection to a port of this machine, without Nagle's delay.
    static func connect(port: Int) throws(BenchmarkError) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw BenchmarkError("socket: \(String(cString: strerror(errno)))") }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw BenchmarkError("connect to \(port): \(reason)")
        }
        return descriptor
    }

    /// A subscriber is a descriptor, and there are thousands.
    static func raiseLimit() {
        let files = __rlimit_resource_t(7)  // RLIMIT_NOFILE on Linux
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(files, &limit)
    }
}
