import Foundation

/// Asks the system whether a port can be had, so that the answer is one line instead of a stack of errors.
enum PortProbe {
    static func check(host: String, port: Int) throws(Failure) {
        guard (0...65535).contains(port) else { throw Failure("\(port) is not a port; take one from 0 to 65535") }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found else {
            throw Failure("\(host) is not an address of this machine; choose another with --host")
        }
        defer { freeaddrinfo(found) }
        let socket = socket(address.pointee.ai_family, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Failure("no socket can be opened: \(String(cString: strerror(errno)))") }
        defer { close(socket) }
        var yes: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        // A socket that is bound but not listening takes no port from anybody.
        guard bind(socket, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
            let reason = errno
            switch reason {
            case EADDRINUSE:
                throw Failure("port \(port) is in use; stop what listens there, or choose another with --port")
            case EACCES: throw Failure("port \(port) needs privileges; choose one above 1023 with --port")
            default: throw Failure("cannot listen on \(host):\(port): \(String(cString: strerror(reason)))")
            }
        }
        guard listen(socket, 1) == 0 else {
            throw Failure("port \(port) is in use; stop what listens there, or choose another with --port")
        }
    }
}
