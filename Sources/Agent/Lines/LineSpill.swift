import Glibc
import NIOCore
import Synchronization
import SystemPackage

/// A line over the limit on its way to a file.
///
/// A file that cannot be written costs the rest of the line, not the session: the path of the outcome is empty then.
struct LineSpill: ~Copyable {
    private static let counter = Atomic<Int>(0)

    /// The line's first bytes, however it was cut.
    private var prefix = ByteBuffer()
    private let path: FilePath
    /// Nil if the file could not be made or written.
    private var file: SystemPackage.FileDescriptor?
    private var count = 0

    /// Begins a file in `directory`, which must exist, with the bytes held so far.
    init(in directory: FilePath, beginningWith bytes: ByteBuffer) {
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        self.path = directory.appending("line-\(ProcessTree.ownPID)-\(number).json")
        self.file = try? SystemPackage.FileDescriptor.open(
            self.path,
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        self.append(bytes)
    }

    mutating func append(_ part: ByteBuffer) {
        self.count += part.readableBytes
        let missing = AgentLine.spilledPrefixBytes - self.prefix.readableBytes
        if missing > 0 { self.prefix.writeBytes(part.readableBytesView.prefix(missing)) }
        guard let file = self.file else { return }
        do {
            try part.withUnsafeReadableBytes { bytes in _ = try file.writeAll(bytes) }
        } catch {
            self.removeFile(file)
            self.file = nil
        }
    }

    consuming func finish() -> FramedLine {
        guard let file = self.file else { return .spilled(path: "", bytes: self.count, prefix: self.prefix) }
        try? file.close()
        return .spilled(path: self.path.string, bytes: self.count, prefix: self.prefix)
    }

    /// The line never ended: nothing of it is kept.
    consuming func discard() {
        if let file = self.file { self.removeFile(file) }
    }

    private func removeFile(_ file: SystemPackage.FileDescriptor) {
        try? file.close()
        _ = self.path.withPlatformString { unlink($0) }
    }
}
