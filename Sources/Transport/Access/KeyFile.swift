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
        let url = URL(filePath: self.path)
        do {
            let data = try encoder.encode(Content(keys: keys))
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            // Beside it first: a reader sees the old or the new, and never a moment in which others may read it.
            let draft = "\(self.path).\(UInt32.random(in: .min ... .max))"
            let isMade = FileManager.default.createFile(
                atPath: draft,
                contents: data,
                attributes: [.posixPermissions: 0o600]
            )
            guard isMade, rename(draft, self.path) == 0 else {
                try? FileManager.default.removeItem(atPath: draft)
                throw Fault(message: "\(self.path) cannot be written")
            }
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(message: "\(self.path) cannot be written")
        }
    }
}
