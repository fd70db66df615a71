import Actors
import ArgumentParser
import Foundation
import Storage
import Transport

/// `troupe audit`: who did what, as it stands in the store.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Check the record of who did what.",
        subcommands: [Verify.self]
    )

    /// `troupe audit verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check that no entry was changed or taken out since it was made; exits 1 when one was.",
            discussion: """
                The server may be running. That the newest entries were cut off is not seen by this: note the number and \
                digest it prints, and look later whether that entry still has that digest.
                """
        )

        @Option(\.store) var store: String?
        @OptionGroup var configuration: ConfigurationOption

        @Flag(help: "One JSON object instead of a line.")
        var json = false

        private struct Report: Encodable {
            let intact: Bool
            let entries: Int
            let first: Int64?
            let last: Int64?
            let digest: String?
            /// The first entry that is not as it was made, and whether it is `changed` or `missing`.
            let brokenAt: Int64?
            let reason: String?
        }

        func run() async throws {
            let values = try self.configuration.values(of: self.store.map { ["store": [$0]] } ?? [:])
            guard let path = ServerSettings.storePath(values) else {
                throw Failure("--store :memory: keeps nothing that could be verified")
            }
            var chain = AuditChain.sha256
            var found: AuditChain.Break?
            do {
                try AuditFile(path: path).read { entry in
                    found = chain.take(entry)
                    return found == nil
                }
            } catch {
                throw Failure(error.detail)
            }
            print(try self.json ? Self.json(chain, found) : Self.line(chain, found))
            if found != nil { throw ExitCode(1) }
        }

        private static func line(_ chain: AuditChain, _ found: AuditChain.Break?) -> String {
            switch found {
            case .changed(let number): return "broken: entry \(number) is not as it was made"
            case .missing(let number): return "broken: entry \(number) is missing"
            case nil: break
            }
            guard let first = chain.first, let last = chain.last else { return "intact: no entries" }
            return "intact: \(chain.count) entries, \(first) to \(last.number); the newest has digest \(last.digest)"
        }

        private static func json(_ chain: AuditChain, _ found: AuditChain.Break?) throws -> String {
            let reason: String? =
                switch found {
                case .changed: "changed"
                case .missing: "missing"
                case nil: nil
                }
            return try KeysCommand.Place.json(
                Report(
                    intact: found == nil,
                    entries: chain.count,
                    first: chain.first,
                    last: chain.last?.number,
                    digest: chain.last?.digest,
                    brokenAt: found?.number,
                    reason: reason
                )
            )
        }
    }
}
