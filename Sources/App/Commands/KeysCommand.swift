import Actors
import ArgumentParser
import Foundation
import Transport

/// `troupe keys`: who may use the server.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, list and revoke API keys; a running server takes them up on SIGHUP.",
        subcommands: [Create.self, List.self, Revoke.self]
    )

    /// Where the keys are, and how to answer.
    struct Place: ParsableArguments {
        @Option(\.keys) var keys: String?
        @OptionGroup var configuration: ConfigurationOption

        @Flag(help: "JSON instead of text.")
        var json = false

        /// The file that the server would read.
        func file() throws -> KeyFile {
            let values = try self.configuration.values(of: self.keys.map { ["keys": [$0]] } ?? [:])
            return KeyFile(path: values[\.keys] ?? ServerSettings.defaultKeys)
        }

        static func read(_ file: KeyFile) throws -> [AccessKey] {
            do { return try file.read() } catch { throw Failure(error.message) }
        }

        static func write(_ keys: [AccessKey], to file: KeyFile) throws {
            do { try file.write(keys) } catch { throw Failure(error.message) }
        }

        static func json(_ value: some Encodable) throws -> String {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        }
    }

    /// A key as it is shown: without its digest.
    private struct Shown: Encodable {
        let id: String
        let name: String
        let scopes: [String]
        let createdAt: String
        let expiresAt: String?
        let lastUsedAt: String?
        let limits: KeyLimits?
        /// Once, when it is made.
        var token: String?

        init(_ key: AccessKey, lastUsedAt: String? = nil, token: String? = nil) {
            self.id = key.id
            self.name = key.name
            self.scopes = Scope.allCases.filter(key.scopes.contains).map(\.rawValue)
            self.createdAt = key.createdAt
            self.expiresAt = key.expiresAt
            self.lastUsedAt = lastUsedAt
            self.limits = key.limits
            self.token = token
        }
    }

    /// `troupe keys create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a key; its token is shown this once.")

        @OptionGroup var place: Place

        @Option(help: "Who it is for.")
        var name: String = "key"

        @Option(help: "What it may do, between commas: read, send, approve, admin, compose, settings.")
        var scopes: String = "read,send,approve"

        @Option(help: "Days until it expires. (default: never)")
        var days: Int?

        @Option(help: "Sessions it may have at once. (default: as many as the server)")
        var maxSessions: Int?

        @Option(help: "Processes its sessions may run at once. (default: as many as the server)")
        var maxRunning: Int?

        @Option(help: "Streams it may have open at once. (default: as many as the server)")
        var maxStreams: Int?

        @Option(help: "Requests that change something or make an agent work, a minute. (default: the server's)")
        var requestsPerMinute: Int?

        @Option(help: "USD its sessions may spend a day. (default: no limit)")
        var usdPerDay: Double?

        @Option(help: "A directory its sessions may work in; may be repeated. (default: the server's)")
        var root: [String] = []

        @Option(help: "A directory for the CLI's own state of its sessions. (default: the server's)")
        var configDir: String?

        @Option(help: "Where its agents' credential is found: env:NAME or file:PATH. (default: the server's)")
        var credential: String?

        @Option(help: "The user id its agents run as, where the server runs as root.")
        var uid: UInt32?

        @Option(help: "The group id its agents run as.")
        var gid: UInt32?

        func run() async throws {
            let file = try self.place.file()
            var keys = try Place.read(file)
            let (token, id) = KeyToken.make()
            let now = Date()
            let key = AccessKey(
                id: id,
                name: try self.checkedName(),
                digest: KeyToken.digest(token),
                scopes: try self.checkedScopes(),
                createdAt: Timestamp.of(secondsSince1970: Int(now.timeIntervalSince1970)),
                expiresAt: try self.expiry(now),
                limits: try self.limits(),
                workspace: try self.workspace()
            )
            keys.append(key)
            try Place.write(keys, to: file)
            if self.place.json {
                print(try Place.json(Shown(key, token: token)))
            } else {
                print(token)
                FileHandle.standardError.write(
                    Data(
                        "key \(id) for \(key.name), kept in \(file.path); the token is not shown again\n"
                            .utf8
                    )
                )
            }
        }

        private func checkedName() throws -> String {
            guard (1...64).contains(self.name.utf8.count), !self.name.contains(where: { $0.isNewline || $0 == "~" })
            else {
                throw Failure("--name takes 1 to 64 bytes on one line")
            }
            return self.name
        }

        private func checkedScopes() throws -> Set<Scope> {
            try Set(
                self.scopes.split(separator: ",").map { word in
                    guard let scope = Scope(rawValue: word.trimmingCharacters(in: .whitespaces)) else {
                        let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                        throw Failure("--scopes does not know \(word); there are \(known)")
                    }
                    return scope
                }
            )
        }

        private func expiry(_ now: Date) throws -> String? {
            guard let days else { return nil }
            guard (1...36_500).contains(days) else { throw Failure("--days takes a number from 1 to 36500") }
            return Timestamp.of(secondsSince1970: Int(now.timeIntervalSince1970) + days * 86_400)
        }

        private func limits() throws -> KeyLimits? {
            let numbers = [self.maxSessions, self.maxRunning, self.maxStreams, self.requestsPerMinute]
            guard numbers.allSatisfy({ $0.map { $0 > 0 } ?? true }), self.usdPerDay.map({ $0 > 0 }) ?? true else {
                throw Failure("a limit is a number above 0")
            }
            let limits = KeyLimits(
                sessions: self.maxSessions,
                running: self.maxRunning,
                subscribers: self.maxStreams,
                requestsPerMinute: self.requestsPerMinute,
                usdPerDay: self.usdPerDay
            )
            return limits == KeyLimits() ? nil : limits
        }

        private func workspace() throws -> KeyWorkspace? {
            guard (self.root + [self.configDir].compactMap { $0 }).allSatisfy({ $0.hasPrefix("/") }) else {
                throw Failure("--root and --config-dir take absolute paths")
            }
            if let credential, !credential.hasPrefix("env:"), !credential.hasPrefix("file:/") {
                throw Failure("--credential takes env:NAME or file:/PATH")
            }
            // The server refuses to start such an agent: it would write into the server's own directory.
            guard self.uid == nil || self.configDir != nil else {
                throw Failure("--uid needs --config-dir: the CLI's own state has to be where that user may write")
            }
            guard self.gid == nil || self.uid != nil else { throw Failure("--gid goes with --uid") }
            let workspace = KeyWorkspace(
                roots: self.root.isEmpty ? nil : self.root,
                configDirectory: self.configDir,
                credential: self.credential,
                uid: self.uid,
                gid: self.gid
            )
            return workspace == KeyWorkspace() ? nil : workspace
        }
    }

    /// `troupe keys list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the keys, without their tokens.")

        @OptionGroup var place: Place

        func run() async throws {
            let file = try self.place.file()
            let uses = file.readUses()
            let keys = try Place.read(file).map { Shown($0, lastUsedAt: uses[$0.id]) }
            guard !self.place.json else { return print(try Place.json(keys)) }
            if keys.isEmpty { print("no keys in \(file.path)") }
            for key in keys {
                let expiry = key.expiresAt.map { "until \($0)" } ?? "for ever"
                let scopes = key.scopes.joined(separator: ",")
                let use = "last used \(key.lastUsedAt ?? "never")"
                print("\(key.id)  \(key.name)  \(scopes)  since \(key.createdAt) \(expiry), \(use)")
            }
        }
    }

    /// `troupe keys revoke`.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a key away, by its id or its name.")

        @OptionGroup var place: Place

        @Argument(help: "The key's id, or its name where only one has it.")
        var key: String

        func run() async throws {
            let file = try self.place.file()
            var keys = try Place.read(file)
            let found = keys.filter { $0.id == self.key || $0.name == self.key }
            guard let gone = found.first else {
                throw Failure("there is no key \(self.key) in \(file.path)")
            }
            guard found.count == 1 else {
                throw Failure(
                    "several keys are called \(self.key); name one by its id: \(found.map(\.id).joined(separator: ", "))"
                )
            }
            keys.removeAll { $0.id == gone.id }
            try Place.write(keys, to: file)
            print(
                self.place.json
                    ? try Place.json(Shown(gone)) : "revoked \(gone.id) (\(gone.name)); kill -HUP the server"
            )
        }
    }
}
