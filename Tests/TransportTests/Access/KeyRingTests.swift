import Actors
import Foundation
import Testing

@testable import Transport

@Suite struct KeyRingTests {
    @Test func `a token opens what its key may, and no other text does`() throws {
        let keys = try TestKeys()
        let ring = try keys.ring()
        #expect(ring.caller(keys.alice)?.name == "alice")
        #expect(ring.caller(keys.reader)?.scopes == [.read])
        let almost = keys.alice.dropLast() + (keys.alice.hasSuffix("0") ? "1" : "0")
        for wrong in ["", "x", String(almost), keys.alice + " ", keys.alice.uppercased()] {
            #expect(ring.caller(wrong) == nil)
        }
        let ids = ring.all.reduce(into: [:]) { $0[$1.name] = $1.id }
        ring.keepUses()
        let uses = try keys.ring().lastUses
        #expect(uses == ring.lastUses && uses[ids["alice"] ?? ""] != nil && uses[ids["bob"] ?? ""] == nil)
    }

    @Test func `the file holds no token and is its owner's only`() throws {
        let keys = try TestKeys()
        let text = try String(contentsOfFile: keys.path, encoding: .utf8)
        for token in [keys.alice, keys.bob, keys.reader, keys.admin] { #expect(!text.contains(token)) }
        let mode = try FileManager.default.attributesOfItem(atPath: keys.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `a key that has expired opens nothing`() throws {
        let keys = try TestKeys()
        let made = KeyToken.make()
        for (expiry, opens) in [
            ("2001-01-01T00:00:00.000Z", false), ("2999-01-01T00:00:00.000Z", true), ("soon", false),
        ] {
            try keys.file.write([TestKeys.key(made, name: "old", expiresAt: expiry)])
            #expect((try keys.ring().caller(made.token) != nil) == opens)
        }
    }

    @Test func `a reload tells what has changed, and a broken file changes nothing`() throws {
        let keys = try TestKeys()
        let ring = try keys.ring()
        #expect(try ring.reload() == [])
        try keys.revoke("bob")
        let bob = try #require(ring.caller(keys.bob)?.key?.id)
        #expect(try ring.reload() == ["key \(bob) revoked"])
        #expect(ring.caller(keys.bob) == nil && ring.caller(keys.alice) != nil)
        try Data("{".utf8).write(to: URL(filePath: keys.path))
        #expect(throws: KeyFile.Fault.self) { try ring.reload() }
        #expect(ring.caller(keys.alice) != nil)
    }

    @Test func `a server with keys does not become open when its file is emptied`() throws {
        let keys = try TestKeys()
        let ring = try keys.ring()
        try FileManager.default.removeItem(atPath: keys.path)
        _ = try ring.reload()
        #expect(ring.isRequired)
        #expect(Authenticator(keys: ring).caller(Authenticator.Credentials()) == nil)
        #expect(try KeyRing(file: keys.file).isRequired == false)
    }

    @Test func `keys given in plain have a name or none, and must be long`() throws {
        #expect(KeyRing.PlainKey("short") == nil)
        let ring = try KeyRing(plain: ["ops:0123456789abcdef", "fedcba9876543210"].compactMap { KeyRing.PlainKey($0) })
        #expect(ring.caller("0123456789abcdef")?.name == "ops")
        #expect(ring.caller("fedcba9876543210")?.may(.admin) == true)
        #expect(ring.caller("ops:0123456789abcdef") == nil)
    }
}

@Suite struct TicketTests {
    private let address = SessionAddress(owner: "k1", id: "demo")

    @Test func `a ticket shows one session and may do nothing there`() throws {
        let keys = try TestKeys()
        let authenticator = Authenticator(keys: try keys.ring())
        let alice = try #require(authenticator.caller(.init(token: keys.alice)))
        let viewer = authenticator.ticket(of: alice, for: self.address, life: 60)
        let caller = try #require(authenticator.caller(.init(ticket: viewer)))
        #expect(caller.scopes == [.read] && caller.onlySession == self.address)
        #expect(caller.maySee(self.address) && !caller.maySee(SessionAddress(owner: alice.owner, id: "other")))
        let all = authenticator.ticket(of: alice, for: nil, life: 60)
        #expect(authenticator.caller(.init(ticket: all)) == alice)
    }

    @Test func `a ticket ends with its time and with its key`() throws {
        let keys = try TestKeys()
        let ring = try keys.ring()
        let authenticator = Authenticator(keys: ring)
        let alice = try #require(authenticator.caller(.init(token: keys.alice)))
        let ticket = authenticator.ticket(of: alice, for: nil, life: 60)
        #expect(authenticator.caller(.init(ticket: ticket), now: Date(timeIntervalSinceNow: 59)) != nil)
        #expect(authenticator.caller(.init(ticket: ticket), now: Date(timeIntervalSinceNow: 61)) == nil)
        try keys.revoke("alice")
        _ = try ring.reload()
        #expect(authenticator.caller(.init(ticket: ticket)) == nil)
    }

    @Test func `what was changed in a ticket makes it worthless`() throws {
        let keys = try TestKeys()
        let authenticator = Authenticator(keys: try keys.ring())
        let alice = try #require(authenticator.caller(.init(token: keys.alice)))
        let ticket = authenticator.ticket(of: alice, for: self.address, life: 60)
        let signature = try #require(ticket.split(separator: ".").last)
        let id = try #require(alice.owner)
        for payload in ["\(id)|9999999999|", "\(id)|9999999999|k2~demo", "|9999999999|", "\(id)|x|", "\(id)"] {
            let text = Data(payload.utf8).base64EncodedString().replacing("=", with: "")
            #expect(authenticator.caller(.init(ticket: "\(text).\(signature)")) == nil)
        }
        for text in ["", ".", "a.b", ticket + "0", String(repeating: "a", count: 5000)] {
            #expect(authenticator.caller(.init(ticket: text)) == nil)
        }
    }
}
