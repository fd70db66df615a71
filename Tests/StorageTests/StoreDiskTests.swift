import Foundation
import Glibc
import NIOCore
import SystemPackage
import Testing

@testable import Storage

/// A store on a disk of its own, as small as a test needs it.
@Suite struct StoreDiskTests {
    /// A tmpfs, to be unmounted.
    private struct SmallDisk {
        let directory = NSTemporaryDirectory() + "troupe-disk-\(UUID().uuidString)"

        /// `nil` where it may not be mounted.
        init?(megabytes: Int) throws {
            try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
            guard mount("tmpfs", self.directory, "tmpfs", 0, "size=\(megabytes)m") != 0 else { return }
            print("skipped: a tmpfs cannot be mounted here (\(Errno(rawValue: errno)))")
            try FileManager.default.removeItem(atPath: self.directory)
            return nil
        }

        func unmount() {
            // Files that are open stay until they are closed.
            umount2(self.directory, Int32(MNT_DETACH))
            try? FileManager.default.removeItem(atPath: self.directory)
        }

        var filler: String { self.directory + "/filler" }

        /// Leaves no byte free.
        func fill() throws {
            let file = try FileDescriptor.open(
                self.filler,
                .writeOnly,
                options: [.create],
                permissions: [.ownerReadWrite]
            )
            let page = [UInt8](repeating: 0, count: 4096)
            try file.closeAfter {
                do {
                    while true { try file.writeAll(page) }
                } catch Errno.noSpace {}
            }
        }
    }

    @Test func `a disk that is really full delays, and nothing is missing afterwards`() async throws {
        guard let disk = try SmallDisk(megabytes: 4) else { return }
        defer { disk.unmount() }
        let fixture = try StoreFixture(directory: disk.directory + "/store")
        do {
            let store = try fixture.open()
            try await store.whileRunning { (store) async throws in
                #expect(await store.commit(.made("s1", events: 1...3)) == .committed)
                try disk.fill()
                // The log has room that was taken before the disk was full.
                var number: UInt64 = 4
                while await store.commit(.of("s1", events: number...number, bytes: 4000)) == .committed { number += 1 }
                guard case .failing(let error) = store.condition else {
                    Issue.record("the store does not tell that it fails")
                    return
                }
                #expect(error.code == .full)
                #expect(error.detail.contains(fixture.path))
                #expect(try await store.numbers(of: "s1") == Array(1..<number))
                for later in (number + 1)...(number + 20) {
                    #expect(await store.commit(.of("s1", events: later...later, bytes: 4000)) == .delayed)
                }
                try FileManager.default.removeItem(atPath: disk.filler)
                await store.waitUntilHealthy()
                #expect(try await store.numbers(of: "s1") == Array(1...(number + 20)))
            }
        }
        try await fixture.withStore { (store) async throws in
            #expect(try await store.sessions().map(\.first) == [1])
        }
    }
}
