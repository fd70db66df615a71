import Foundation
import NIOCore
import Testing

@testable import Actors

/// What becomes of the directories that are made for sessions.
@Suite(.timeLimit(.minutes(1)))
struct SessionDirectoryTests {
    private static func policy(_ fixture: WorkspaceFixture, removes: Bool = true) -> WorkspacePolicy {
        var policy = WorkspacePolicy()
        policy.roots = [fixture.workspace]
        policy.makesSessionDirectories = true
        policy.removesSessionDirectories = removes
        return policy
    }

    private static func house(
        _ fixture: WorkspaceFixture,
        removes: Bool = true,
        _ habits: ScriptedChild.Habits = ScriptedChild.Habits()
    ) -> House {
        House(habits, workspace: Self.policy(fixture, removes: removes)) { $0.remembrance = .seconds(10) }
    }

    /// Ends a session and lets so much time pass that it is forgotten.
    private static func forget(_ session: Session, in house: House) async throws {
        try await house.end(session)
        try await house.bury(session)
        house.time.advance(by: .seconds(11))
        await house.supervisor.sweep()
        await house.supervisor.removeLeftovers()
    }

    @Test(arguments: [true, false])
    func `it goes when the session is forgotten, if that is wished, and not before`(removes: Bool) async throws {
        let fixture = try WorkspaceFixture()
        let house = Self.house(fixture, removes: removes)
        try await House.play(house) { house, _ in
            let session = try await house.create("one")
            try fixture.write("shared/one/deep/down/file", "some work")
            try fixture.link("shared/one/out", to: fixture.top + "/outside")
            try fixture.link("shared/one/deep/file", to: fixture.top + "/secret.txt")
            try await house.end(session)
            try await house.bury(session)
            await house.supervisor.sweep()
            await house.supervisor.removeLeftovers()
            #expect(fixture.text("shared/one/deep/down/file") == "some work")
            house.time.advance(by: .seconds(11))
            await house.supervisor.sweep()
            await house.supervisor.removeLeftovers()
            #expect(fixture.names("shared") == (removes ? [] : ["one"]))
            #expect(fixture.text("../secret.txt") == "a secret" && fixture.text("../outside/file") == "a secret")
        }
    }

    @Test func `one that was there before stays`() async throws {
        let fixture = try WorkspaceFixture()
        let house = Self.house(fixture)
        try await House.play(house) { house, _ in
            try fixture.write("shared/one/file", "from before")
            try await Self.forget(house.create("one"), in: house)
            #expect(fixture.text("shared/one/file") == "from before")
        }
    }

    @Test func `what has taken its place stays, and no link in its place or on the way is followed`() async throws {
        let fixture = try WorkspaceFixture()
        let house = Self.house(fixture)
        let files = FileManager.default
        try await House.play(house) { house, _ in
            let one = try await house.create("one")
            try files.moveItem(atPath: "\(fixture.workspace)/shared/one", toPath: "\(fixture.workspace)/moved")
            try fixture.write("shared/one/file", "another")
            try await Self.forget(one, in: house)
            #expect(fixture.text("shared/one/file") == "another")

            let two = try await house.create("two")
            try fixture.write("shared/two/file", "some work")
            try files.moveItem(atPath: "\(fixture.workspace)/shared/two", toPath: "\(fixture.workspace)/kept")
            try fixture.link("shared/two", to: "../kept")
            try await Self.forget(two, in: house)
            #expect(fixture.text("kept/file") == "some work")

            let three = try await house.create("three")
            try fixture.write("shared/three/file", "some work")
            try files.moveItem(atPath: "\(fixture.workspace)/shared", toPath: "\(fixture.top)/elsewhere")
            try fixture.link("shared", to: "../elsewhere")
            try await Self.forget(three, in: house)
            #expect(fixture.text("shared/three/file") == "some work")
        }
    }

    @Test func `where another session works it stays until that one is forgotten`() async throws {
        let fixture = try WorkspaceFixture()
        let house = Self.house(fixture, ScriptedChild.Habits(answersPrompts: true))
        try await House.play(house) { house, _ in
            let (source, _) = try await house.ready("one")
            var reader = LogReader(source.log)
            _ = try await source.submit(content: ByteBuffer(string: "\"x\""))
            try await reader.next("turn.ended")
            let copy = try await house.supervisor.fork("one", as: "two")
            try fixture.write("shared/one/file", "of both")
            try await Self.forget(source, in: house)
            #expect(fixture.text("shared/one/file") == "of both")
            try await Self.forget(copy, in: house)
            #expect(fixture.names("shared") == [])
        }
    }

    @Test func `the next server removes what one that ended a session had no time to`() async throws {
        let fixture = try WorkspaceFixture()
        let kept = try KeptStore()
        try await SupervisorKeepingTests.live(kept, workspace: Self.policy(fixture)) { house in
            let session = try await house.create("one")
            _ = try await house.create("two")
            for name in ["one", "two"] { try fixture.write("shared/\(name)/file", "some work") }
            try await house.end(session)
        }
        #expect(fixture.names("shared") == ["one", "two"])
        try await SupervisorKeepingTests.live(kept, workspace: Self.policy(fixture)) { house in
            await house.supervisor.removeLeftovers()
            #expect(fixture.names("shared") == ["two"])
            try await house.end(house.supervisor.session("two"))
        }
        try await SupervisorKeepingTests.live(kept, workspace: Self.policy(fixture)) { _ in }
        #expect(fixture.names("shared") == [])
    }

    @Test func `a server that keeps nothing leaves nothing of those that had ended`() async throws {
        let fixture = try WorkspaceFixture()
        let house = Self.house(fixture)
        try await House.play(house) { house, life in
            _ = try await house.create("one")
            try fixture.write("shared/one/file", "some work")
            life.cancel()
            try await within { await life.value }
            #expect(fixture.names("shared") == [])
        }
    }
}
