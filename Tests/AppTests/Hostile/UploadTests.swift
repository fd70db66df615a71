import Foundation
import Testing

extension HostileTests {
    /// Clients that upload and do not do it properly.
    @Suite
    struct UploadTests {
        private static let size = 400_000

        private static func piece(_ letter: Int, _ count: Int) -> [UInt8] {
            [UInt8](repeating: UInt8(ascii: "a") + UInt8(letter), count: count)
        }

        private static func head(_ name: String, _ framing: String) -> String {
            "PUT \(FileSiege.files)/\(name) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(framing)\r\n\r\n"
        }

        @Test func `many uploads to one name at once: who reads it sees one of them, whole`() async throws {
            try await Siege.run("one name", bound: 48) { siege in
                let files = try FileSiege(siege)
                var reads = 0
                for round in 0..<5 {
                    let sockets = try siege.connect(20)
                    for socket in sockets { try await socket.send(Self.head("same", "Content-Length: \(Self.size)")) }
                    // In step, so that all of them are on their way at the same time and end in any order.
                    for _ in 0..<4 {
                        for (letter, socket) in sockets.enumerated() {
                            try await socket.send(Self.piece(letter, Self.size / 4))
                        }
                        let read = try await files.send("GET", "/same")
                        if round == 0, read.status == 404 { continue }
                        #expect(Self.isWhole(read), "\(read.text.prefix(200))")
                        reads += 1
                    }
                    try await readToEnd(sockets)
                    #expect(sockets.allSatisfy { $0.status == 201 || $0.status == 200 })
                    #expect(Self.isWhole(try await files.send("GET", "/same")))
                }
                // Of those that want it to be new, one is first.
                let new = try siege.connect(20)
                for socket in new {
                    try await socket.send(Self.head("new", "If-None-Match: *\r\nContent-Length: \(Self.size)"))
                }
                for (letter, socket) in new.enumerated() { try await socket.send(Self.piece(letter, Self.size)) }
                try await readToEnd(new)
                #expect(new.count { $0.status == 201 } == 1 && new.count { $0.status == 412 } == 19)
                #expect(Self.isWhole(try await files.send("GET", "/new")))
                print("hostile: one name: \(reads) reads in between, all whole")
                try files.expectUntouched()
                try await files.expectNoUploads()
            }
        }

        /// All of one letter, as long as an upload.
        private static func isWhole(_ socket: RawSocket) -> Bool {
            guard socket.status == 200, let end = socket.text.firstRange(of: "\r\n\r\n") else { return false }
            let body = socket.received.dropFirst(socket.text[..<end.upperBound].utf8.count)
            return body.count == Self.size && body.allSatisfy { $0 == body.first }
        }

        @Test func `uploads that end in the middle, or have another length than they say, leave nothing`() async throws
        {
            try await Siege.run("cut uploads", bound: 48) { siege in
                let files = try FileSiege(siege)
                let before = try Set(FileManager.default.contentsOfDirectory(atPath: files.root))
                let framings = ["Content-Length: 1000000", "Transfer-Encoding: chunked"]
                let sockets = try siege.connect(60)
                for (index, socket) in sockets.enumerated() {
                    try await socket.send(Self.head("cut-\(index)", framings[index % 2]))
                    // Each KiB earns a second more.
                    let bytes = Self.piece(0, 2048)
                    try await socket.send(index % 2 == 0 ? bytes : Array("800\r\n".utf8) + bytes + Array("\r\n".utf8))
                }
                try await waitUntil("all uploads on their way") { files.uploads.count == 60 }
                #expect(!(try await files.send("GET", "?recursive=true")).text.contains("cut-"))
                #expect(try await files.send("GET", "/cut-0").status == 404)
                // A third goes, a third closes its side, and a third says nothing more.
                for (index, socket) in sockets.enumerated() {
                    if index % 3 == 0 { socket.close() }
                    if index % 3 == 1 { socket.closeOutput() }
                }
                for (index, socket) in sockets.enumerated() where index % 3 != 0 { try await socket.readToEnd() }
                #expect(sockets.allSatisfy { $0.status.map { (400..<500).contains($0) } ?? true })

                // More than was said is no part of the file, and less is none.
                let more = try siege.connect()
                try await more.send(
                    Self.head("more", "Content-Length: 10").replacing("Connection: close\r\n", with: "")
                )
                try await more.send(Self.piece(1, 100_000))
                try await more.readToEnd()
                #expect(more.status == 201, "\(more.text)")
                let kept = FileManager.default.contents(atPath: "\(files.root)/more")
                #expect(kept == Data(Self.piece(1, 10)))
                for framing in [
                    "Content-Length: 10\r\nContent-Length: 11", "Content-Length: -1", "Content-Length: 1e3",
                    "Content-Length: 99999999999999999999", "Content-Length: 10\r\nTransfer-Encoding: chunked",
                    "Transfer-Encoding: gzip",
                ] {
                    let socket = try siege.connect()
                    try await socket.send(Self.head("odd", framing))
                    try await socket.send(Self.piece(2, 100))
                    try await socket.readToEnd()
                    #expect(socket.status.map { (400..<500).contains($0) } == true, "\(framing): \(socket.text)")
                }
                try await files.expectNoUploads()
                let after = try Set(FileManager.default.contentsOfDirectory(atPath: files.root))
                #expect(after == before.union(["more"]))
                try files.expectUntouched()
            }
        }

        /// A form's parts that never come to an end, each in a way of its own.
        private static let endless: [(name: String, start: String, piece: String)] = [
            ("preamble", "", "x\r\n"),
            ("headers", "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"endless\"\r\n", "X: y\r\n"),
            ("field", "--X\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n", "x"),
            ("fields", "", "--X\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nx\r\n"),
            ("file", "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"endless\"\r\n\r\n", "x"),
            ("files", "", "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"endless\"\r\n\r\nx\r\n"),
            ("boundary", "--X", " "),
            (
                "epilogue",
                "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"endless\"\r\n\r\nx\r\n--X--\r\n", "x"
            ),
        ]

        @Test func `a form that never ends is refused, wherever it does not`() async throws {
            try await Siege.run("endless forms", ["--max-file-mib", "1"], bound: 48) { siege in
                let files = try FileSiege(siege)
                for form in Self.endless {
                    let socket = try siege.connect()
                    try await socket.send(
                        "POST \(FileSiege.files) HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                            + "Content-Type: multipart/form-data; boundary=X\r\n\r\n"
                    )
                    try await socket.send(Self.chunk(form.start))
                    let block = Self.chunk(String(repeating: form.piece, count: max(1, 65_536 / form.piece.utf8.count)))
                    for _ in 0..<2000 where socket.status == nil {
                        guard try await socket.send(block) else { break }
                    }
                    try await socket.readToEnd()
                    print("hostile: endless \(form.name): \(socket.status ?? 0) after \(socket.sentBytes >> 10) KiB")
                    #expect(socket.status == 400 || socket.status == 413, "\(form.name): \(socket.text.prefix(400))")
                    #expect(socket.sentBytes < 80 << 20)
                }
                #expect(try await files.send("GET", "/endless").status == 404)
                try await files.expectNoUploads()
                try files.expectUntouched()
            }
        }

        @Test func `forms that hold very many files open are refused, and others upload again when they are gone`()
            async throws
        {
            try await Siege.run("files held open", bound: 48) { siege in
                let files = try FileSiege(siege)
                let part = "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"held\"\r\n\r\nx\r\n"
                let sockets = try siege.connect(40)
                for socket in sockets {
                    try await socket.send(
                        "POST \(FileSiege.files) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                            + "Content-Type: multipart/form-data; boundary=X\r\nContent-Length: 1000000\r\n\r\n"
                            + String(repeating: part, count: 90)
                    )
                }
                try await waitUntil("refusal of most of them") {
                    for socket in sockets { socket.pull() }
                    return sockets.count { $0.status == 429 } >= 37
                }
                let held = Vitals(of: siege.server.pid).descriptors
                print("hostile: files held open: \(files.uploads.count) uploads, \(held) descriptors")
                #expect(files.uploads.count <= 200)
                try await siege.expectServed()
                for socket in sockets { socket.close() }
                try await files.expectNoUploads()
                #expect(try await files.send("PUT", "/a", "x").status == 201)
                try files.expectUntouched()
            }
        }

        private static func chunk(_ text: String) -> [UInt8] {
            text.isEmpty ? [] : Array("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n".utf8)
        }
    }
}
