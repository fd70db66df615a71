import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Actors

/// `ConfinedDirectory`, with the kernel's own way and without.
@Suite struct ConfinedDirectoryTests {
    // MARK: Ways out

    @Test(arguments: [true, false])
    func `no link is followed, wherever it points`(inKernel: Bool) throws {
        let fixture = try WorkspaceFixture()
        try fixture.write("real/file", "plain")
        for link in HostilePaths.links { try fixture.link(link.name, to: link.target) }
        let directory = try fixture.directory(inKernel: inKernel)
        for way in HostilePaths.ways {
            let path = try RelativePath(way)
            #expect(refusal { try directory.open(path) } == .pathRefused || way.contains("/"), "\(way)")
            #expect(refusal { try directory.open(path) } != nil, "\(way)")
            #expect(refusal { try directory.list(path, limit: 10) } != nil, "\(way)")
            guard way.contains("/") else { continue }
            #expect(refusal { try directory.put(way, "x") } != nil, "\(way)")
            #expect(refusal { try directory.remove(path) } != nil, "\(way)")
            #expect(refusal { try directory.status(path) } != nil, "\(way)")
            #expect(refusal { try directory.makeDirectory(path) } != nil, "\(way)")
        }
        #expect(try directory.text("real/file") == "plain")
        #expect(fixture.text("../secret.txt") == "a secret")
        #expect(fixture.text("../outside/file") == "a secret")
    }

    @Test(arguments: [true, false])
    func `a link is shown as one, replaced and removed as one`(inKernel: Bool) throws {
        let fixture = try WorkspaceFixture()
        try fixture.link("a", to: "../secret.txt")
        try fixture.link("b", to: "../outside")
        let directory = try fixture.directory(inKernel: inKernel)
        #expect(try directory.list(isRecursive: true, limit: 10).entries.map(\.kind) == [.symlink, .symlink])
        try directory.put("a", "mine")
        #expect(fixture.text("a") == "mine")
        try directory.remove(RelativePath("b"), isRecursive: true)
        #expect(fixture.names() == ["a"])
        #expect(fixture.text("../secret.txt") == "a secret")
        #expect(fixture.text("../outside/file") == "a secret")
    }

    @Test(arguments: [true, false])
    func `pipes, sockets and devices are shown and not opened`(inKernel: Bool) throws {
        let fixture = try WorkspaceFixture()
        #expect(mkfifo("\(fixture.workspace)/pipe", 0o600) == 0)
        let isRoot = mknod("\(fixture.workspace)/zero", S_IFCHR | 0o600, 0x105) == 0
        let directory = try fixture.directory(inKernel: inKernel)
        #expect(refusal { try directory.open(try RelativePath("pipe")) } == .notAFile)
        if isRoot { #expect(refusal { try directory.open(try RelativePath("zero")) } == .notAFile) }
        #expect(try directory.list(limit: 10).entries.allSatisfy { $0.kind == .other })
        try directory.remove(RelativePath("pipe"))
        #expect(!fixture.names().contains("pipe"))
    }

    /// One task swaps a directory for a link to the outside and back, another reads and writes through it; whatever the
    /// moment, nothing outside is read or changed.
    @Test(arguments: [true, false])
    func `a link put in the way in a race leads nowhere`(inKernel: Bool) throws {
        let fixture = try WorkspaceFixture()
        try fixture.write("swap/file", "inside")
        try FileManager.default.createDirectory(
            atPath: "\(fixture.workspace)/spare",
            withIntermediateDirectories: false
        )
        let directory = try fixture.directory(inKernel: inKernel)
        let workspace = fixture.workspace
        let swaps = Mutex(0)
        let isOver = Mutex(false)
        // A thread of its own, as the tasks of all tests share two.
        let swapper = Thread {
            while !isOver.withLock({ $0 }), swaps.withLock({ $0 }) < 1_000_000 {
                rename("\(workspace)/swap", "\(workspace)/spare/swap")
                symlink("../outside", "\(workspace)/swap")
                unlink("\(workspace)/swap")
                rename("\(workspace)/spare/swap", "\(workspace)/swap")
                swaps.withLock { $0 += 1 }
            }
            isOver.withLock { $0 = true }
        }
        swapper.start()
        var (reads, refusals, rounds) = (0, 0, 0)
        // Until both have happened often enough, or it is certain that they will not.
        while rounds < 200_000, rounds < 4000 || reads < 50 || refusals < 50 {
            do {
                let text = try directory.text("swap/file")
                #expect(text == "inside")
                reads += 1
            } catch {
                refusals += 1
            }
            if rounds % 8 == 0 { _ = try? directory.put("swap/new", "mine") }
            if rounds % 8 == 4 { try? directory.remove(RelativePath("swap/new")) }
            rounds += 1
        }
        isOver.withLock { $0 = true }
        let deadline = ContinuousClock.now + .seconds(30)
        while !swapper.isFinished, ContinuousClock.now < deadline { usleep(1000) }
        try #require(swapper.isFinished)
        print("race: \(reads) reads, \(refusals) refusals, \(swaps.withLock { $0 }) swaps")
        #expect(reads > 0 && refusals > 0)
        #expect(fixture.text("../outside/file") == "a secret")
        #expect(fixture.names("../outside") == ["file"])
    }

    // MARK: Files

    @Test(arguments: [true, false])
    func `a file is written, read, shown and removed`(inKernel: Bool) throws {
        let fixture = try WorkspaceFixture()
        let directory = try fixture.directory(inKernel: inKernel)
        let entry = try directory.put("a/b/c.txt", "hello")
        #expect(entry.size == 5)
        #expect(try directory.text("a/b/c.txt") == "hello")
        #expect(try directory.status(RelativePath("a/b/c.txt")) == entry)
        let again = try directory.put("a/b/c.txt", "hello")
        #expect(again.entityTag != entry.entityTag)
        #expect(fixture.names("a/b") == ["c.txt"])
        #expect(refusal { try directory.open(try RelativePath("a")) } == .notAFile)
        #expect(refusal { try directory.put("a/b", "x") } == .notAFile)
        #expect(refusal { try directory.put("a/b/c.txt/d", "x") } == .notADirectory)
        #expect(refusal { try directory.list(try RelativePath("a/b/c.txt"), limit: 1) } == .notADirectory)
        #expect(refusal { try directory.remove(try RelativePath("a")) } == .directoryNotEmpty)
        #expect(refusal { try directory.remove(.root, isRecursive: true) } == .pathRefused)
        try directory.remove(RelativePath("a"), isRecursive: true)
        #expect(refusal { try directory.open(try RelativePath("a/b/c.txt")) } == .fileNotFound)
        #expect(fixture.names().isEmpty)
    }

    @Test func `a file that replaces another keeps who may run it`() throws {
        let fixture = try WorkspaceFixture()
        try fixture.write("run.sh", "old")
        chmod("\(fixture.workspace)/run.sh", 0o750)
        #expect(try fixture.directory().put("run.sh", "new").mode == 0o750)
    }

    @Test func `a file that must be new replaces none`() throws {
        let fixture = try WorkspaceFixture()
        let directory = try fixture.directory()
        try directory.put("a", "one", isNew: true)
        #expect(refusal { try directory.put("a", "two", isNew: true) } == .fileExists)
        #expect(fixture.text("a") == "one")
        #expect(fixture.names() == ["a"])
    }

    @Test func `what is too large or let go leaves nothing`() throws {
        let fixture = try WorkspaceFixture()
        var limits = FileLimits()
        limits.maximumFileBytes = 10
        limits.maximumWorkspaceBytes = 15
        let directory = try fixture.directory(limits)
        #expect(refusal { try directory.put("eleven", "0123456789X") } == .fileTooLarge)
        try directory.put("ten", "0123456789")
        #expect(refusal { try directory.put("six", "012345") } == .quotaReached)
        // What is replaced makes room.
        try directory.put("ten", "abcdefghij")
        do {
            let upload = try directory.beginUpload(RelativePath("left"))
            try upload.write(ByteBuffer(string: "x"))
        }
        #expect(fixture.names() == ["ten"])
        #expect(fixture.text("ten") == "abcdefghij")
    }

    @Test func `nobody sees a file before it is whole`() throws {
        let fixture = try WorkspaceFixture()
        try fixture.write("a", "old")
        let upload = try fixture.directory().beginUpload(RelativePath("a"))
        try upload.write(ByteBuffer(string: "new"))
        #expect(fixture.text("a") == "old")
        _ = try upload.commit()
        #expect(fixture.text("a") == "new")
    }

    // MARK: Lists

    @Test func `a list is in order, as deep as asked for, and as long`() throws {
        let fixture = try WorkspaceFixture()
        for name in ["b/x.swift", "b/c/y.swift", "a.txt", ".hidden", "z.swift"] { try fixture.write(name, name) }
        let directory = try fixture.directory()
        func list(_ path: String = "", _ isRecursive: Bool, _ find: String? = nil, limit: Int = 100) throws -> [String]
        {
            try directory.list(
                RelativePath(path),
                isRecursive: isRecursive,
                matching: find.map { try GlobPattern($0) },
                limit: limit
            ).entries.map(\.path.description)
        }
        #expect(try list("", false) == [".hidden", "a.txt", "b", "z.swift"])
        #expect(
            try list("", true) == [".hidden", "a.txt", "b", "b/c", "b/c/y.swift", "b/x.swift", "z.swift"]
        )
        #expect(try list("b", true) == ["b/c", "b/c/y.swift", "b/x.swift"])
        #expect(try list("", true, "*.swift") == ["b/c/y.swift", "b/x.swift", "z.swift"])
        #expect(try list("b", true, "c/*") == ["b/c/y.swift"])
        #expect(try list("", true, limit: 2) == [".hidden", "a.txt"])
        #expect(try directory.list(limit: 2).isTruncated)
        #expect(try !directory.list(limit: 4).isTruncated)
    }

    @Test func `a request looks at so many names and no more`() throws {
        let fixture = try WorkspaceFixture()
        for number in 0..<30 { try fixture.write("d\(number % 3)/f\(number)", "") }
        var limits = FileLimits()
        limits.maximumVisited = 10
        let directory = try fixture.directory(limits)
        let listing = try directory.list(isRecursive: true, limit: 1000)
        #expect(listing.isTruncated)
        #expect(listing.entries.count <= 10)
        #expect(refusal { try directory.remove(try RelativePath("d0"), isRecursive: true) } == .quotaReached)
    }

    @Test func `directories deeper than any path do no harm`() throws {
        let fixture = try WorkspaceFixture()
        var current = try Descriptor.directory(at: fixture.workspace)
        for _ in 0..<200 {
            _ = try current.makeDirectory("d", mode: 0o700)
            current = try current.open("d", O_RDONLY | O_DIRECTORY)
        }
        let directory = try fixture.directory()
        let listing = try directory.list(isRecursive: true, limit: 1000)
        #expect(listing.isTruncated && listing.entries.count == RelativePath.maximumDepth)
        #expect(refusal { try directory.remove(try RelativePath("d"), isRecursive: true) } == .quotaReached)
    }

    @Test func `a name that is no text is counted and not shown`() throws {
        let fixture = try WorkspaceFixture()
        let name = Array("\(fixture.workspace)/".utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
        let file = name.withUnsafeBufferPointer { $0.baseAddress.map { open($0, O_CREAT | O_WRONLY, 0o600) } ?? -1 }
        close(file)
        let listing = try fixture.directory().list(limit: 10)
        #expect(listing.entries.isEmpty && listing.unnamable == 1)
    }

    @Test func `nothing stays open`() throws {
        let fixture = try WorkspaceFixture()
        try fixture.write("a/b/c", "x")
        func open() -> Int {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"))?
                    .hasPrefix(fixture.top) ?? false
            }.count) ?? -1
        }
        do {
            let directory = try fixture.directory()
            for _ in 0..<20 {
                _ = try directory.list(isRecursive: true, limit: 10)
                _ = try directory.text("a/b/c")
                try directory.put("a/n", "x")
                _ = try? directory.open(RelativePath("a"))
                _ = try directory.beginUpload(RelativePath("a/m"))
            }
            #expect(open() == 1)
        }
        #expect(open() == 0)
    }
}
