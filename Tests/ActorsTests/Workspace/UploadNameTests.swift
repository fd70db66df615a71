import Foundation
import NIOCore
import Testing

@testable import Actors

@Suite struct UploadNameTests {
    @Test func `a name of an upload is known by its form`() {
        for _ in 0..<100 { #expect(UploadName.isOne(UploadName.make())) }
        for name in [
            "", ".troupe-upload-", ".troupe-upload-abc", ".troupe-upload-0123456789ABC", ".troupe-upload-0123456789ab.",
            "troupe-upload-0123456789abc", ".troupe-upload-0123456789abcd", "x.troupe-upload-0123456789abc",
        ] {
            #expect(!UploadName.isOne(name), "\(name)")
        }
    }

    @Test(arguments: [true, false])
    func `what a killed server has left goes with the next upload or list, and nothing else does`(lists: Bool) throws {
        let fixture = try WorkspaceFixture()
        let directory = try fixture.directory()
        // As long as somebody writes it, it stays.
        let living = try directory.beginUpload(try RelativePath("in/living"))
        try living.write(ByteBuffer(string: "half"))
        let stale = [UploadName.make(), UploadName.make()]
        for name in stale { try fixture.write("in/\(name)", "half") }
        let others = [
            ".troupe-upload-mine", ".troupe-upload-0123456789ABC", "\(UploadName.make())x", "notes.txt",
        ]
        for name in others { try fixture.write("in/\(name)", "mine") }
        let (link, pipe, folder) = (UploadName.make(), UploadName.make(), UploadName.make())
        try fixture.link("in/\(link)", to: "../../secret.txt")
        #expect(mkfifo("\(fixture.workspace)/in/\(pipe)", 0o600) == 0)
        try fixture.write("in/\(folder)/x", "mine")

        if lists {
            let listed = try directory.list(RelativePath("in"), limit: 100).entries.map(\.path.name)
            #expect(Set(listed) == Set(others + [link, pipe, folder]))
        } else {
            try directory.put("in/new", "x")
        }
        let left = Set(fixture.names("in"))
        #expect(left.isDisjoint(with: stale))
        #expect(left.isSuperset(of: others + [link, pipe, folder]))
        #expect(left.count == others.count + 3 + 1 + (lists ? 0 : 1))
        #expect(fixture.text("../secret.txt") == "a secret")
        _ = try living.commit()
        #expect(fixture.text("in/living") == "half")
        #expect(Set(fixture.names("in")).isSuperset(of: others + ["living"]))
    }

    @Test func `uploads on their way count for the quota, though no list shows them`() throws {
        let fixture = try WorkspaceFixture()
        var limits = FileLimits()
        limits.maximumWorkspaceBytes = 100
        let directory = try fixture.directory(limits)
        let first = try directory.beginUpload(RelativePath("first"))
        try first.write(ByteBuffer(repeating: 0, count: 80))
        #expect(refusal { try directory.put("second", String(repeating: "x", count: 30)) } == .quotaReached)
        #expect(try directory.list(limit: 10).entries.isEmpty)
        _ = try first.commit()
        #expect(try directory.list(limit: 10).entries.map(\.size) == [80])
    }
}
