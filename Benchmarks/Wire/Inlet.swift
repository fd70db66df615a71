import Glibc

/// Cuts what comes out of one descriptor into messages and hands each to `onMessage` with the time it was read.
///
/// Owns the descriptor. Bound to the one thread of the benchmark.
final class Inlet {
    /// What a message is.
    enum Framing {
        /// A line: stdout of an agent, Server-Sent Events.
        case lines
        /// A whole HTTP response whose length is in its head.
        case response
        /// A text frame, after the head of the response to the handshake.
        case webSocket
    }

    typealias Handler = (_ message: UnsafeRawBufferPointer, _ readAt: UInt64) -> Void

    let descriptor: Int32
    /// False once the other side has closed it, or we have.
    private(set) var isOpen = true
    /// How often something was read: with the messages, how many came together.
    private(set) var reads = 0
    private(set) var bytes = 0

    private let framing: Framing
    private let onMessage: Handler
    private let ownsDescriptor: Bool
    private var buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private var hasSeenHead = false

    /// Reads nothing until a pump calls `readable()`.
    ///
    /// - Parameters:
    ///   - descriptor: what is read.
    ///   - framing: how it is cut.
    ///   - capacity: bytes read at once, at most.
    ///   - ownsDescriptor: whether it is closed with this object.
    ///   - onMessage: gets every message; its bytes are valid during the call only.
    init(
        _ descriptor: Int32,
        framing: Framing,
        capacity: Int = 64 << 10,
        ownsDescriptor: Bool = true,
        onMessage: @escaping Handler
    ) {
        self.descriptor = descriptor
        self.framing = framing
        self.ownsDescriptor = ownsDescriptor
        self.onMessage = onMessage
        self.buffer = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        if self.ownsDescriptor, self.isOpen { Glibc.close(self.descriptor) }
        self.buffer.deallocate()
    }

    func close() {
        guard self.isOpen else { return }
        self.isOpen = false
        if self.ownsDescriptor { Glibc.close(self.descriptor) }
    }

    /// Reads once and hands on what is whole.
    func readable() {
        self.makeRoom()
        let free = UnsafeMutableRawBufferPointer(rebasing: self.buffer[self.end...])
        let count = read(self.descriptor, free.baseAddress, free.count)
        let now = Monotonic.now
        guard count > 0 else {
            if count < 0, errno == EINTR || errno == EAGAIN { return }
            return self.close()
        }
        self.end += count
        self.reads += 1
        self.bytes += count
        while let message = self.next() { self.onMessage(UnsafeRawBufferPointer(rebasing: message), now) }
    }

    private func makeRoom() {
        if self.start == self.end {
            (self.start, self.end) = (0, 0)
        } else if self.end == self.buffer.count {
            let held = self.end - self.start
            let size = held > self.buffer.count / 2 ? self.buffer.count * 2 : self.buffer.count
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: self.buffer[self.start..<self.end]))
            self.buffer.deallocate()
            self.buffer = larger
            (self.start, self.end) = (0, held)
        }
    }

    private func next() -> Slice<UnsafeMutableRawBufferPointer>? {
        switch self.framing {
        case .lines: self.nextLine()
        case .response: self.nextResponse()
        case .webSocket: self.hasSeenHead ? self.nextFrame() : self.nextHead()
        }
    }

    private var held: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self.buffer[self.start..<self.end]) }

    private func take(_ count: Int, skipping head: Int = 0, trailing: Int = 0) -> Slice<UnsafeMutableRawBufferPointer> {
        let message = self.buffer[(self.start + head)..<(self.start + head + count)]
        self.start += head + count + trailing
        return message
    }

    private func nextLine() -> Slice<UnsafeMutableRawBufferPointer>? {
        let held = self.held
        guard let base = held.baseAddress, let newline = memchr(base, 0x0A, held.count) else { return nil }
        return self.take(base.distance(to: UnsafeRawPointer(newline)), trailing: 1)
    }

    private func nextHead() -> Slice<UnsafeMutableRawBufferPointer>? {
        guard let length = Needle.endOfHead.position(in: self.held) else { return nil }
        self.hasSeenHead = true
        return self.take(length + 4)
    }

    private func nextResponse() -> Slice<UnsafeMutableRawBufferPointer>? {
        let held = self.held
        guard let head = Needle.endOfHead.position(in: held) else { return nil }
        var body = 0
        if let field = Needle.contentLength.position(in: UnsafeRawBufferPointer(rebasing: held[..<head])) {
            body = Needle.number(in: held, at: field + Needle.contentLength.count)
        }
        guard held.count >= head + 4 + body else { return nil }
        return self.take(head + 4 + body)
    }

    /// A frame of a server: never masked (RFC 6455 §5.1).
    private func nextFrame() -> Slice<UnsafeMutableRawBufferPointer>? {
        let held = self.held
        guard held.count >= 2 else { return nil }
        var head = 2
        var length = Int(held[1] & 0x7F)
        if length >= 126 {
            head = length == 126 ? 4 : 10
            guard held.count >= head else { return nil }
            length = held[2..<head].reduce(0) { $0 << 8 | Int($1) }
        }
        guard held.count >= head + length else { return nil }
        switch held[0] & 0x0F {
        case 0x8: self.close()
        case 0x9: try? Descriptor.write([0x8A, 0x80, 0, 0, 0, 0], to: self.descriptor)
        default: break
        }
        return self.take(length, skipping: head)
    }
}
