import Foundation
import Glibc
import TestSupport
import Testing

/// The directory that the witness of a siege works in, with secrets beside it, and what clients do with its files.
struct FileSiege {
    static let files = "/v1/sessions/witness/files"
    static let secret = "a secret"

    let port: Int
    /// Where the session works.
    let root: String
    private let top: String
    /// What lies beside it.
    private let beside: Set<String>

    /// Puts secrets and traps in place.
    init(_ siege: Siege) throws {
        self.port = siege.server.port
        self.root = siege.server.workingDirectory
        self.top = siege.server.directory.path
        let manager = FileManager.default
        for directory in ["\(self.root)/real", "\(self.root)/spare", "\(self.root)/swap", "\(self.top)/outside"] {
            try manager.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
        for path in ["secret", "secret.txt", "outside/file"] {
            try Self.secret.write(toFile: "\(self.top)/\(path)", atomically: false, encoding: .utf8)
        }
        try "plain".write(toFile: "\(self.root)/real/file", atomically: false, encoding: .utf8)
        for link in HostilePaths.links {
            try manager.createSymbolicLink(atPath: "\(self.root)/\(link.name)", withDestinationPath: link.target)
        }
        self.beside = Set(try manager.contentsOfDirectory(atPath: self.top))
    }

    /// One request, to the end of its connection.
    func send(_ method: String, _ path: String, _ body: String? = nil, headers: String = "") async throws -> RawSocket {
        try await Self.send(self.port, method, path, body, headers: headers)
    }

    /// The same, from any task.
    static func send(
        _ port: Int,
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        headers: String = ""
    ) async throws -> RawSocket {
        let socket = try RawSocket(port: port)
        let length = body.map { "Content-Length: \($0.utf8.count)\r\n" } ?? ""
        try await socket.send(
            "\(method) \(Self.files)\(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(headers)\(length)\r\n"
                + (body ?? "")
        )
        try await socket.readToEnd()
        return socket
    }

    /// Nothing outside was read, changed or made, and nothing is left of uploads.
    func expectUntouched(_ location: SourceLocation = #_sourceLocation) throws {
        for path in ["secret", "secret.txt", "outside/file"] {
            let text = FileManager.default.contents(atPath: "\(self.top)/\(path)").map {
                String(decoding: $0, as: UTF8.self)
            }
            #expect(text == Self.secret, "\(path)", sourceLocation: location)
        }
        let outside = try FileManager.default.contentsOfDirectory(atPath: "\(self.top)/outside")
        #expect(outside == ["file"], sourceLocation: location)
        let beside = try FileManager.default.contentsOfDirectory(atPath: self.top)
        #expect(Set(beside) == self.beside, sourceLocation: location)
    }

    /// The uploads on their way, or left, anywhere below the directory.
    var uploads: [String] {
        FileManager.default.enumerator(atPath: self.root)?.compactMap { $0 as? String }
            .filter { ($0 as NSString).lastPathComponent.hasPrefix(".troupe-upload-") } ?? []
    }

    /// Waits until nothing is left of uploads.
    func expectNoUploads() async throws {
        try await waitUntil("end of all uploads, but \(self.uploads.count) are left") { self.uploads.isEmpty }
    }
}
