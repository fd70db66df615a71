import Actors
import Agent
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Transport

extension ServerTests {
    /// `/v1/sessions/{id}/files` over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct FileRoutesTests {
        /// A server and a session that works in a directory with a secret beside it.
        private static func with(
            maximumFileBytes: Int = 1 << 20,
            _ body: (TestServer, String) async throws -> Void
        ) async throws {
            var template = Array("/tmp/troupe-files-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
            let top = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            defer { try? FileManager.default.removeItem(atPath: top) }
            let directory = "\(top)/work"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
            try "a secret".write(toFile: "\(top)/secret", atomically: false, encoding: .utf8)
            try await TestServer.with(configure: { $0.plan.workspace.files.maximumFileBytes = maximumFileBytes }) {
                server in
                var options = SessionOptions()
                options.id = "s1"
                options.workingDirectory = directory
                _ = try await server.supervisor.create(options)
                try await body(server, directory)
            }
        }

        private static let files = "/v1/sessions/s1/files"

        @Test func `a file is put, listed, got in parts and removed`() async throws {
            try await Self.with { server, directory in
                let put = try await server.request("PUT", "\(Self.files)/a/b%20c.txt", "0123456789")
                #expect(put.status == 201)
                #expect(put.json?.string("path") == "a/b c.txt" && put.json?.int("size") == 10)
                #expect(put.head.headers["location"] == "\(Self.files)/a/b%20c.txt")
                #expect(FileManager.default.contents(atPath: "\(directory)/a/b c.txt") == Data("0123456789".utf8))

                let list = try await server.request("GET", "\(Self.files)?recursive=true")
                #expect(list.json?.raw("files").flatMap { JSONObject.elements($0) }?.count == 2)
                #expect(list.json?.bool("truncated") == false)
                let found = try await server.request("GET", "\(Self.files)?find=*.txt")
                #expect(found.body.contains(#""path":"a\/b c.txt""#) || found.body.contains(#""path":"a/b c.txt""#))
                #expect(try await server.request("GET", "\(Self.files)?path=a&find=*.md").body.contains(#""files":[]"#))

                let whole = try await server.request("GET", "\(Self.files)/a/b%20c.txt")
                #expect(whole.status == 200 && whole.body == "0123456789")
                #expect(whole.head.headers["content-disposition"] == #"attachment; filename="b c.txt""#)
                #expect(whole.head.headers["x-content-type-options"] == "nosniff")
                #expect(whole.head.headers["content-length"] == "10")
                #expect(whole.head.headers["last-modified"]?.hasSuffix(" GMT") == true)
                let tag = try #require(whole.head.headers["etag"])
                #expect(put.head.headers["etag"] == tag)

                func get(_ headers: [String: String]) async throws -> HTTPClient.Response {
                    try await server.request("GET", "\(Self.files)/a/b%20c.txt", headers: headers)
                }
                let part = try await get(["Range": "bytes=2-4"])
                #expect(part.status == 206 && part.body == "234")
                #expect(part.head.headers["content-range"] == "bytes 2-4/10")
                #expect(try await get(["Range": "bytes=-2", "If-Range": tag]).body == "89")
                #expect(try await get(["Range": "bytes=-2", "If-Range": "\"other\""]).body == "0123456789")
                let none = try await get(["Range": "bytes=20-"])
                #expect(none.status == 416 && none.code == "range_not_satisfiable")
                #expect(none.head.headers["content-range"] == "bytes */10")
                #expect(try await get(["If-None-Match": tag]).status == 304)
                let head = try await server.request("HEAD", "\(Self.files)/a/b%20c.txt")
                #expect(head.status == 200 && head.head.headers["content-length"] == "10")

                #expect(try await server.request("PUT", "\(Self.files)/a/b%20c.txt", "x").status == 200)
                let exists = try await server.request(
                    "PUT",
                    "\(Self.files)/a/b%20c.txt",
                    "y",
                    headers: ["If-None-Match": "*"]
                )
                #expect(exists.status == 412 && exists.code == "file_exists")
                #expect(try await server.request("DELETE", "\(Self.files)/a").code == "directory_not_empty")
                #expect(try await server.request("DELETE", "\(Self.files)/a/b%20c.txt").status == 204)
                #expect(try await server.request("GET", "\(Self.files)/a/b%20c.txt").code == "file_not_found")
                #expect(try await server.request("DELETE", "\(Self.files)/a?recursive=true").status == 204)
            }
        }

        @Test func `a form brings several files, or none`() async throws {
            try await Self.with(maximumFileBytes: 1000) { server, directory in
                func form(_ files: [(String, String)], path: String? = nil) -> String {
                    var text = ""
                    if let path {
                        text += "--X\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n\(path)\r\n"
                    }
                    for (name, content) in files {
                        text += "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n"
                        text += "Content-Type: application/octet-stream\r\n\r\n\(content)\r\n"
                    }
                    return text + "--X--\r\n"
                }
                func post(_ body: String, _ query: String = "") async throws -> HTTPClient.Response {
                    try await server.request(
                        "POST",
                        Self.files + query,
                        body,
                        headers: ["Content-Type": "multipart/form-data; boundary=X"]
                    )
                }
                let two = try await post(form([("a", "one"), ("b", "two")], path: "in/here"))
                #expect(two.status == 201, "\(two.body)")
                #expect(FileManager.default.contents(atPath: "\(directory)/in/here/b") == Data("two".utf8))
                #expect(try await post(form([("c", "three")]), "?path=q").status == 201)
                #expect(FileManager.default.fileExists(atPath: "\(directory)/q/c"))

                let large = String(repeating: "x", count: 1001)
                let refused = try await post(form([("good", "x"), ("bad", large)]))
                #expect(refused.status == 413 && refused.code == "file_too_large")
                #expect(try await post(form([("../up", "x")])).code == "path_refused")
                #expect(try await post(form([("x", "y")], path: "../..")).code == "path_refused")
                #expect(try await post(form([("x", "y")], path: "/tmp")).code == "path_refused")
                #expect(try await post(form([])).code == "invalid_multipart")
                #expect(try await post("--X\r\nContent-Disp").code == "invalid_multipart")
                #expect(try await server.request("POST", Self.files, "{}").code == "unsupported_media_type")
                let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
                #expect(names == ["in", "q"])
            }
        }

        @Test func `a file that is too large is refused as soon as that is known, and leaves nothing`() async throws {
            try await Self.with(maximumFileBytes: 1000) { server, directory in
                let large = String(repeating: "x", count: 1001)
                let refused = try await server.request("PUT", "\(Self.files)/a", large)
                #expect(refused.status == 413 && refused.code == "file_too_large")
                // Without a length, by what comes.
                var client = HTTPClient(try await server.connect())
                try await client.connection.send(
                    "PUT \(Self.files)/b HTTP/1.1\r\nHost: 127.0.0.1:7420\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "258\r\n\(String(repeating: "y", count: 600))\r\n258\r\n\(String(repeating: "y", count: 600))\r\n"
                        + "0\r\n\r\n"
                )
                #expect(try await client.response().code == "file_too_large")
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
            }
        }

        private static let hostile =
            HostilePaths.urls + HostilePaths.urlNames + ["link", "linked/passwd", "pipe", "link/"]

        @Test func `no path leads out, whatever it says`() async throws {
            try await Self.with { server, directory in
                symlink("../secret", "\(directory)/link")
                symlink("/etc", "\(directory)/linked")
                mkfifo("\(directory)/pipe", 0o600)
                for path in Self.hostile {
                    for method in ["GET", "HEAD", "DELETE", "PUT"] {
                        // These replace or remove the link itself, which is inside.
                        if ["link", "pipe", "link/"].contains(path), method == "DELETE" || method == "PUT" { continue }
                        if HostilePaths.urlNames.contains(path), method == "PUT" { continue }
                        let response = try await server.request(
                            method,
                            "\(Self.files)/\(path)",
                            method == "PUT" ? "x" : nil
                        )
                        #expect((400..<500).contains(response.status), "\(method) \(path): \(response.status)")
                        #expect(!response.body.contains("secret\"") || !response.body.contains("a secret"))
                    }
                    guard path.removingPercentEncoding != nil else { continue }
                    let list = try await server.request("GET", "\(Self.files)?path=\(path)")
                    #expect((400..<500).contains(list.status) || [".", "%2e"].contains(path), "list \(path)")
                }
                let secret = (directory as NSString).deletingLastPathComponent + "/secret"
                #expect(FileManager.default.contents(atPath: secret) == Data("a secret".utf8))
            }
        }

        @Test func `a file of many MiB is taken up to its own limit, not that of prompts`() async throws {
            let limit = 40 << 20
            try await Self.with(maximumFileBytes: limit) { server, directory in
                let chunk = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)
                for (name, size, status) in [("a", 5 << 20, 201), ("b", limit, 201), ("c", limit + 1, 413)] {
                    var client = HTTPClient(try await server.connect())
                    let framing = "Content-Length: \(size)\r\n\r\n"
                    let start = "PUT \(Self.files)/\(name) HTTP/1.1\r\nHost: localhost\r\n"
                    try await client.connection.send(start + framing)
                    if status == 201 {
                        for _ in 0..<(size >> 20) { try await client.connection.send(chunk) }
                    }
                    let answer = try await client.response()
                    #expect(answer.status == status, "\(answer.body)")
                    let kept = try? FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")[.size] as? Int
                    #expect(kept == (status == 201 ? size : nil))
                }
                // The same in a form, which has ten times that: what is announced is refused at once.
                var form = HTTPClient(try await server.connect())
                try await form.connection.send(
                    "POST \(Self.files) HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=X\r\n"
                        + "Content-Length: \(limit * 10 + (2 << 20))\r\n\r\n"
                )
                #expect(try await form.response().code == "file_too_large")
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["a", "b"])
                // None of it is held: an upload goes to the disk as it comes.
                #expect(server.transport.bodies.held == 0)
            }
        }

        @Test func `a form of several MiB is taken, and one that is too much leaves nothing`() async throws {
            try await Self.with(maximumFileBytes: 3 << 20) { (server, directory) async throws in
                let content = String(repeating: "y", count: 3 << 20)
                func post(_ names: [String], _ more: String = "") async throws -> HTTPClient.Response {
                    let parts = names.map { name in
                        "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\(name)\"\r\n\r\n\(content)\(more)\r\n"
                    }
                    return try await server.request(
                        "POST",
                        Self.files,
                        parts.joined() + "--X--\r\n",
                        headers: ["Content-Type": "multipart/form-data; boundary=X"]
                    )
                }
                #expect(try await post(["a", "b"]).status == 201)
                #expect(try await post(["c", "d"], "z").code == "file_too_large")
                #expect(try await post((0..<11).map { "e\($0)" }).code == "file_too_large")
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["a", "b"])
            }
        }

        @Test func `so many files may be on their way at once and no more`() async throws {
            try await Self.with { server, directory in
                func half(_ files: Int) async throws -> HTTPClient {
                    let client = HTTPClient(try await server.connect())
                    let part = "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nx\r\n"
                    try await client.connection.send(
                        "POST \(Self.files) HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=X\r\n"
                            + "Content-Length: 100000\r\n\r\n" + String(repeating: part, count: files)
                    )
                    return client
                }
                let waiting = [try await half(100), try await half(100)]
                func uploads() throws -> Int {
                    try FileManager.default.contentsOfDirectory(atPath: directory)
                        .count(where: { $0.hasPrefix(".troupe-upload-") })
                }
                try await eventually("all of them have begun") { try uploads() == FileRoutes.maximumUploads }
                let refused = try await server.request("PUT", "\(Self.files)/a", "x")
                #expect(refused.status == 429 && refused.code == "too_many_uploads")
                // What is on its way is no file yet.
                #expect(try await server.request("GET", "\(Self.files)").body.contains(#""files":[]"#))
                for client in waiting { client.connection.close() }
                try await eventually("nothing of them is left") { try uploads() == 0 }
                #expect(try await server.request("PUT", "\(Self.files)/a", "x").status == 201)
            }
        }

        @Test func `a session that is not there has no files`() async throws {
            try await Self.with { (server, _) async throws in
                for path in ["/v1/sessions/s2/files", "/v1/sessions/s2/files/a"] {
                    #expect(try await server.request("GET", path).code == "session_not_found")
                }
                #expect(try await server.request("GET", "\(Self.files)?find=").code == "path_refused")
                #expect(try await server.request("GET", "\(Self.files)?recursive=maybe").code == "bad_request")
                #expect(try await server.request("GET", "\(Self.files)?limit=0").code == "bad_request")
            }
        }
    }
}
