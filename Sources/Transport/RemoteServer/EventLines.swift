import NIOCore

/// Reads the data of Server-Sent Events (WHATWG HTML §9.2.6) from any pieces of bytes.
struct EventLines {
    private var buffer = ByteBuffer()
    private var data = ByteBuffer()

    /// The events that a piece completes.
    mutating func feed(_ bytes: ByteBuffer) -> [ByteBuffer] {
        self.buffer.writeImmutableBuffer(bytes)
        var events: [ByteBuffer] = []
        while let end = self.buffer.readableBytesView.firstIndex(of: 0x0A) {
            var line = self.buffer.readSlice(length: end - self.buffer.readerIndex) ?? ByteBuffer()
            self.buffer.moveReaderIndex(forwardBy: 1)
            if line.readableBytes == 0 {
                if self.data.readableBytes > 0 { events.append(self.data) }
                self.data = ByteBuffer()
            } else if line.readableBytesView.starts(with: "data:".utf8) {
                line.moveReaderIndex(forwardBy: 5)
                if line.readableBytesView.first == 0x20 { line.moveReaderIndex(forwardBy: 1) }
                if self.data.readableBytes > 0 { self.data.writeInteger(UInt8(0x0A)) }
                self.data.writeImmutableBuffer(line)
            }
        }
        self.buffer.discardReadBytes()
        return events
    }
}
