import Glibc
package import NIOCore
package import SystemPackage

/// One line as the framer cuts it.
package enum FramedLine: Sendable, Equatable {
    /// A whole line without its newline; may be empty.
    case line(ByteBuffer)
    /// A line over the limit, whole in a file (`path` is empty if that failed), and its first bytes.
    case spilled(path: String, bytes: Int, prefix: ByteBuffer)
}

/// Splits a child's standard output into lines, holding back an unfinished tail between chunks.
///
/// Shape: any chunk sizes in; whole lines out, without their `0x0A`, in order. Only `0x0A` ends a line, since JSON
/// strings may hold U+2028 and U+0085 unescaped (RFC 8259 §7). A line that lies in one chunk shares its memory.
/// Limits: `maximumLineBytes`, `0x0A` excluded; a longer line goes to a file while it arrives. Files are written with
/// blocking calls, as lines that long are rare.
package struct LineFramer: ~Copyable {
    private enum Tail: ~Copyable {
        case none
        case held(ByteBuffer)
        case spilling(LineSpill)
    }

    private let maximumLineBytes: Int
    private let spillDirectory: FilePath
    private var tail: Tail = .none

    package init(maximumLineBytes: Int = AgentLimits.default.maximumLineBytes, spillDirectory: FilePath) {
        self.maximumLineBytes = maximumLineBytes
        self.spillDirectory = spillDirectory
    }

    /// Takes the next chunk and appends the lines it completes to `lines`.
    package mutating func append(_ chunk: ByteBuffer, to lines: inout [FramedLine]) {
        var chunk = chunk
        while chunk.readableBytes > 0 {
            guard let length = Self.distanceToNewline(chunk) else {
                self.hold(chunk)
                return
            }
            let part = chunk.readSlice(length: length) ?? ByteBuffer()
            chunk.moveReaderIndex(forwardBy: 1)
            lines.append(self.complete(with: part))
        }
    }

    /// Ends the input; true if it ended in the middle of a line, which is dropped.
    package mutating func finish() -> Bool {
        switch self.takeTail() {
        case .none: return false
        case .held(let bytes): return bytes.readableBytes > 0
        case .spilling(let spill):
            spill.discard()
            return true
        }
    }

    private mutating func hold(_ part: ByteBuffer) {
        switch self.takeTail() {
        case .none:
            self.tail = self.store(part)
        case .held(var bytes):
            if bytes.readableBytes + part.readableBytes <= self.maximumLineBytes {
                bytes.writeImmutableBuffer(part)
                self.tail = .held(bytes)
            } else {
                self.tail = self.store(bytes, part)
            }
        case .spilling(var spill):
            spill.append(part)
            self.tail = .spilling(spill)
        }
    }

    private mutating func complete(with part: ByteBuffer) -> FramedLine {
        switch self.takeTail() {
        case .none:
            guard part.readableBytes > self.maximumLineBytes else { return .line(part) }
            return LineSpill(in: self.spillDirectory, beginningWith: part).finish()
        case .held(var bytes):
            guard bytes.readableBytes + part.readableBytes > self.maximumLineBytes else {
                bytes.writeImmutableBuffer(part)
                return .line(bytes)
            }
            var spill = LineSpill(in: self.spillDirectory, beginningWith: bytes)
            spill.append(part)
            return spill.finish()
        case .spilling(var spill):
            spill.append(part)
            return spill.finish()
        }
    }

    /// A copy of its own, so that growing it does not copy the chunk it came in.
    private func store(_ first: ByteBuffer, _ second: ByteBuffer = ByteBuffer()) -> Tail {
        guard first.readableBytes + second.readableBytes > self.maximumLineBytes else {
            return .held(ByteBuffer(bytes: first.readableBytesView))
        }
        var spill = LineSpill(in: self.spillDirectory, beginningWith: first)
        spill.append(second)
        return .spilling(spill)
    }

    private mutating func takeTail() -> Tail {
        var taken: Tail = .none
        swap(&taken, &self.tail)
        return taken
    }

    private static func distanceToNewline(_ chunk: ByteBuffer) -> Int? {
        chunk.withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress, let found = memchr(base, 0x0A, bytes.count) else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }
}
