import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

extension HostileTests {
    /// Clients, and agents that help them, that would have files which are not theirs.
    @Suite
    struct FilePathTests {
        @Test func `no path and no link leads out, whatever is done with it`() async throws {
            try await Siege.run("paths", bound: 24) { siege in
                let files = try FileSiege(siege)
                let ways = HostilePaths.ways.filter { $0.contains("/") }
                var refused = 0
                for path in HostilePaths.urls + ways {
                    for method in ["GET", "HEAD", "PUT", "DELETE", "GET?path="] {
                        let isList = method == "GET?path="
                        if isList, path.removingPercentEncoding == nil || [".", "%2e", "%"].contains(path) { continue }
                        let socket = try await files.send(
                            isList ? "GET" : method,
                            isList ? "?path=\(path)" : "/\(path)",
                            method == "PUT" ? "x" : nil
                        )
                        let status = socket.status ?? 0
                        #expect(
                            (400..<500).contains(status),
                            "\(method) \(path.prefix(60)): \(socket.text.prefix(300))"
                        )
                        #expect(!socket.text.contains(FileSiege.secret))
                        refused += 1
                    }
                }
                // Bytes that no URL has, sent as they are.
                for path in [
                    "/a\0b", "/\0", "/..\\..\\secret", "/a b", "/\u{1}", "/../../../../../../etc/passwd", "/\u{FF}",
                ] {
                    let socket = try await files.send("GET", path)
                    #expect(socket.status.map { (400..<500).contains($0) } ?? true, "\(socket.text)")
                    #expect(!socket.text.contains(FileSiege.secret) && !socket.text.contains("root:"))
                }
                for name in HostilePaths.urlNames {
                    #expect(try await files.send("GET", "/\(name)").status == 404)
                    #expect(try await files.send("PUT", "/\(name)", "mine").status == 201, "\(name)")
                    #expect(try await files.send("GET", "/\(name)").text.hasSuffix("mine"))
                }
                print("hostile: paths: \(refused) refused")
                #expect(try await files.send("GET", "/real/file").text.hasSuffix("plain"))
                try files.expectUntouched()
                try await files.expectNoUploads()
            }
        }

        @Test func `pipes and devices are not opened, by however many`() async throws {
            try await Siege.run("pipes and devices", bound: 24) { siege in
                let files = try FileSiege(siege)
                #expect(mkfifo("\(files.root)/pipe", 0o600) == 0)
                let hasDevices = mknod("\(files.root)/zero", S_IFCHR | 0o666, 0x105) == 0
                if !hasDevices { print("hostile: pipes and devices: no right to make devices, so only pipes") }
                let names = hasDevices ? ["pipe", "zero"] : ["pipe"]
                // As many as would hold all threads for blocking work for ever, if one of them opened it.
                let sockets = try siege.connect(100)
                for (index, socket) in sockets.enumerated() {
                    let name = names[index % names.count]
                    socket.push(
                        "GET \(FileSiege.files)/\(name) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8
                    )
                }
                try await siege.expectServed()
                try await readToEnd(sockets)
                #expect(sockets.allSatisfy { $0.status == 409 && $0.text.contains("not_a_file") })
                for name in names {
                    let below = try await files.send("PUT", "/\(name)/x", "x")
                    #expect(below.status == 409 && below.text.contains("not_a_directory"))
                    // What is put there takes the name, and opens nothing.
                    #expect(try await files.send("PUT", "/\(name)", "mine").status == 200)
                    #expect(try await files.send("GET", "/\(name)").text.hasSuffix("mine"))
                    #expect(try await files.send("DELETE", "/\(name)").status == 204)
                }
                try files.expectUntouched()
                try await files.expectNoUploads()
            }
        }

        private struct Tally: Sendable {
            var reads = 0
            var writes = 0
            var refusals = 0
            var faults: [String] = []
        }

        /// Somebody swaps a directory for a link to the outside and back, as fast as it goes, while clients read through it,
        /// write through it, and write through it slowly; whatever the moment, all of it happens inside or not at all.
        @Test func `a link put in the way of readers and writers in a race leads nowhere`() async throws {
            try await Siege.run("swap race", bound: 48) { siege in
                let files = try FileSiege(siege)
                try "inside".write(toFile: "\(files.root)/swap/file", atomically: false, encoding: .utf8)
                let swaps = Mutex(0)
                let isOver = Mutex(false)
                let root = files.root
                let swapper = Thread {
                    while !isOver.withLock({ $0 }), swaps.withLock({ $0 }) < 10_000_000 {
                        rename("\(root)/swap", "\(root)/spare/swap")
                        symlink("../outside", "\(root)/swap")
                        unlink("\(root)/swap")
                        rename("\(root)/spare/swap", "\(root)/swap")
                        swaps.withLock { $0 += 1 }
                        // Long enough in its place for a reader to get through.
                        usleep(100)
                    }
                }
                swapper.start()
                let port = files.port
                let tally = try await withThrowingTaskGroup(of: Tally.self) { group in
                    for client in 0..<4 { group.addTask { try await Self.race(port, client) } }
                    return try await group.reduce(into: Tally()) { all, one in
                        all.reads += one.reads
                        all.writes += one.writes
                        all.refusals += one.refusals
                        all.faults += one.faults
                    }
                }
                isOver.withLock { $0 = true }
                try await waitUntil("end of the swapping") { swapper.isFinished }
                print(
                    "hostile: swap race: \(tally.reads) reads, \(tally.writes) writes, \(tally.refusals) refusals, "
                        + "\(swaps.withLock { $0 }) swaps"
                )
                #expect(tally.faults.isEmpty, "\(tally.faults.prefix(3))")
                #expect(tally.reads > 0 && tally.writes > 0 && tally.refusals > 0)
                try files.expectUntouched()
                try await files.expectNoUploads()
                // All that was written is where it belongs, and whole.
                for name in try FileManager.default.contentsOfDirectory(atPath: "\(root)/swap") where name != "file" {
                    let size = try FileManager.default.attributesOfItem(atPath: "\(root)/swap/\(name)")[.size] as? Int
                    #expect(size == 4 || size == 40_000, "\(name)")
                }
            }
        }

        /// One client's part, until it has seen enough of everything.
        private static func race(_ port: Int, _ client: Int) async throws -> Tally {
            var tally = Tally()
            for round in 0..<400 where round < 60 || tally.reads < 5 || tally.writes < 5 || tally.refusals < 5 {
                let read = try await FileSiege.send(port, "GET", "/swap/file")
                let isInside = read.status == 200 && read.text.hasSuffix("inside")
                if isInside { tally.reads += 1 } else { tally.refusals += 1 }
                if read.text.contains(FileSiege.secret) || !isInside && !Self.isRefusal(read) {
                    tally.faults.append(read.text)
                }

                let write = try await Self.write(port, "\(client)-\(round % 10)", isSlow: round % 4 == 0)
                let isWritten = write.status == 200 || write.status == 201
                if isWritten { tally.writes += 1 } else { tally.refusals += 1 }
                if !isWritten, !Self.isRefusal(write) { tally.faults.append(write.text) }
            }
            return tally
        }

        /// Uploads four bytes at once, or 40,000 in pieces between which a great many swaps happen.
        private static func write(_ port: Int, _ name: String, isSlow: Bool) async throws -> RawSocket {
            guard isSlow else { return try await FileSiege.send(port, "PUT", "/swap/\(name)", "mine") }
            let socket = try RawSocket(port: port)
            try await socket.send(
                "PUT \(FileSiege.files)/swap/\(name) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + "Content-Length: 40000\r\n\r\n"
            )
            for _ in 0..<4 {
                try await Task.sleep(for: .milliseconds(2))
                guard try await socket.send([UInt8](repeating: UInt8(ascii: "s"), count: 10_000)) else { break }
            }
            try await socket.readToEnd()
            return socket
        }

        /// What a race may be told: it was a link, it was not there, or it changed too fast.
        private static func isRefusal(_ socket: RawSocket) -> Bool {
            [400, 404, 409, 503].contains(socket.status ?? 0)
        }
    }
}
