package import Actors
import Foundation

/// The file that `troupe keys` writes and the server reads: keys as digests, readable by its owner only.
package struct KeyFile: Sendable {
    /// Why a key file cannot be used: one sentence.
    package struct Fault: Error {
        package let message: String
    }

    private struct Content: Codable {
        var version = 1
        var keys: [AccessKey] = []
    }

    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// The keys in it; none where there is no file.
    ///
    /// - Throws: `Fault` for one that cannot be read or understood.
    package func read() throws(Fault) -> [AccessKey] {
        guard FileManager.default.fileExists(atPath: self.path) else { return [] }
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: self.path)) } catch {
            throw Fault(message: "\(self.path) cannot be read")
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let content: Content
        do { content = try decoder.decode(Content.self, from: data) } catch {
            throw Fault(message: "\(self.path) is no key file of this version")
        }
        guard content.version == 1 else { throw Fault(message: "\(self.path) was made by a newer version") }
        guard Set(content.keys.map(\.id)).count == content.keys.count else {
            throw Fault(message: "\(self.path) has two keys of one id")
        }
        return content.keys
    }

    /// Puts other keys in the place of those in it, at once; its directory is made.
    ///
    /// - Throws: `Fault` when it cannot be written.
    package func write(_ keys: [AccessKey]) throws(Fault) {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(Content(keys: keys)), Self.replace(self.path, with: data) else {
            throw Fault(message: "\(self.path) cannot be written")
        }
    }

    /// When keys were used last, by their ids: what a server has written down beside the file.
    package func readUses() -> [String: String] {
        let data = try? Data(contentsOf: URL(filePath: self.usesPath))
        return data.flatMap { try? JSONDecoder().decode([String: String].self, from: $0) } ?? [:]
    }

    /// Writes that down; false when it cannot be.
    func writeUses(_ uses: [String: String]) -> Bool {
        (try? JSONEncoder().encode(uses)).map { Self.replace(self.usesPath, with: $0) } ?? false
    }

    private var usesPath: String { "\(self.path).used" }

    /// Beside it first: a reader sees the old or the new, and never a moment in which others may read it.
    private static func replace(_ path: String, with data: Data) -> Bool {
        let draft = "\(path).\(UInt32.random(in: .min ... .max))"
        try? FileManager.default.createDirectory(
            at: URL(filePath: path).deletingLastPathComponent(),
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let isMade = FileManager.default.createFile(
            atPath: draft,
            contents: data,
            attributes: [.posixPermissions: 0o600]
        )
        guard isMade, rename(draft, path) == 0 else {
            try? FileManager.default.removeItem(atPath: draft)
            return false
        }
        return true
    }
}
