import Foundation
import NIOCore
import Testing

@testable import Actors

/// A directory with a workspace in it and a secret beside it; gone with the test.
final class WorkspaceFixture: Sendable {
    let top: String
    var workspace: String { "\(self.top)/workspace" }

    init() throws {
        var template = Array("/tmp/troupe-workspace-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        self.top = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try FileManager.default.createDirectory(atPath: self.workspace, withIntermediateDirectories: false)
        try self.write("../secret.txt", "a secret")
        try FileManager.default.createDirectory(atPath: "\(self.top)/outside", withIntermediateDirectories: false)
        try self.write("../outside/file", "a secret")
    }

    deinit { try? FileManager.default.removeItem(atPath: self.top) }

    func write(_ name: String, _ text: String) throws {
        let path = "\(self.workspace)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true
        )
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: "\(self.workspace)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(self.workspace)/\(name)",
            withDestinationPath: target
        )
    }

    /// The names in a directory of the workspace.
    func names(_ name: String = ".") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(self.workspace)/\(name)")) ?? []).sorted()
    }

    func directory(_ limits: FileLimits = FileLimits(), inKernel: Bool = true) throws -> ConfinedDirectory {
        ConfinedDirectory(
            try Descriptor.directory(at: self.workspace),
            limits: limits,
            owner: nil,
            resolvesInKernel: inKernel
        )
    }
}

extension ConfinedDirectory {
    /// All of a file.
    func text(_ path: String) throws(FileError) -> String {
        let file = try self.open(try RelativePath(path))
        return String(buffer: try file.read(max(1, file.entry.size), at: 0))
    }

    @discardableResult
    func put(_ path: String, _ text: String, isNew: Bool = false) throws(FileError) -> FileEntry {
        let upload = try self.beginUpload(try RelativePath(path))
        try upload.write(ByteBuffer(string: text))
        return try upload.commit(isNew: isNew)
    }
}

/// The code of what a call refuses with.
func refusal<Value>(_ body: () throws -> Value) -> FileError.Code? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? FileError)?.code
    }
}
