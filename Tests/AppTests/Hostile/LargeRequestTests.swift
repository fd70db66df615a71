import Testing

extension HostileTests {
    /// Clients that send too much of everything.
    @Suite
    struct LargeRequestTests {
        private static let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)

        @Test(arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\n" + (0..<10_000).map { "X-\($0): y\r\n" }.joined() + "\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 1 << 20))\r\n\r\n", 431),
            ("GET /\(String(repeating: "y", count: 1 << 20)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("GET /\(String(repeating: "y", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            (
                "POST /v1/sessions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
                    + (0..<10_000).map { "X-\($0): y\r\n" }.joined() + "\r\n", 431
            ),
        ])
        func `a head too large is refused, 50 at a time`(request: String, status: Int) async throws {
            try await Siege.run("large head of \(request.utf8.count) bytes", bound: 24) { siege in
                let sockets = try siege.connect(50)
                for socket in sockets { try await socket.send(request) }
                try await siege.expectServed()
                try await readToEnd(sockets)
                // Who is still sending may miss the answer, as the kernel resets what it cannot deliver.
                let told = sockets.filter { $0.status == status }.count
                print("hostile: large head: \(told) of 50 were told \(status)")
                #expect(told == 50 && sockets.allSatisfy { $0.answers == 1 }, "\(sockets.map { $0.text.prefix(40) })")
            }
        }

        @Test(arguments: ["POST /v1/sessions", "POST /v1/sessions/witness/messages", "GET /v1/sessions", "POST /none"])
        func `a gigabyte is refused before it is sent`(target: String) async throws {
            try await Siege.run("1 GB announced, \(target)", bound: 24) { siege in
                let socket = try siege.connect()
                try await socket.send("\(target) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
                try await socket.read { $0.status != nil }
                #expect(target.hasPrefix("POST /v1") == (socket.status == 413), "\(socket.text)")
                #expect(socket.text.lowercased().contains("connection: close"))
                try await Self.sendGigabyte(socket, chunked: false)
                try await siege.expectServed()
            }
        }

        @Test(arguments: ["POST /v1/sessions", "POST /v1/sessions/witness/messages", "GET /v1/sessions", "POST /none"])
        func `a gigabyte in chunks is refused when it is too much`(target: String) async throws {
            // 32 MiB are held while the body may still be one that is taken.
            try await Siege.run("1 GB in chunks, \(target)", bound: 64) { siege in
                let socket = try siege.connect()
                try await socket.send("\(target) HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
                try await Self.sendGigabyte(socket, chunked: true)
                #expect(target.hasPrefix("POST /v1") == (socket.status == 413), "\(socket.text)")
                try await siege.expectServed()
            }
        }

        /// Sends until the server has had enough; that must be long before it is all.
        private static func sendGigabyte(_ socket: RawSocket, chunked: Bool) async throws {
            let piece = chunked ? Array("100000\r\n".utf8) + Self.megabyte + Array("\r\n".utf8) : Self.megabyte
            for _ in 0..<1000 {
                guard try await socket.send(piece) else { break }
            }
            try await socket.readToEnd()
            print("hostile: 1 GB: the server took \(socket.sentBytes >> 20) MiB before it closed")
            #expect(socket.sentBytes < 200 << 20)
        }

        @Test func `100,000 requests in one go do not fill the memory`() async throws {
            try await Siege.run("pipelined flood", bound: 48) { siege in
                let request = Array("GET /v1/sessions HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
                let block = Array(repeating: request, count: 1000).flatMap { $0 }
                let sockets = try siege.connect(20)
                // Nobody reads the answers.
                for _ in 0..<100 {
                    for socket in sockets { socket.push(block) }
                }
                try await siege.expectServed()
                try await readToEnd(sockets)
                let answers = sockets.map(\.answers)
                print("hostile: pipelined flood: \(answers.min() ?? 0) to \(answers.max() ?? 0) answers a connection")
                #expect(answers.allSatisfy { $0 < 10_000 })
            }
        }
    }
}
