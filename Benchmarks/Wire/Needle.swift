import Glibc

/// Bytes that are looked for in messages, which nobody decodes while time is measured.
struct Needle {
    static let endOfHead = Needle("\r\n\r\n")
    /// The end of `Content-Length`, the only field of ours that ends so, in either spelling.
    static let contentLength = Needle("ength: ")
    /// What the stamp agent puts before the time of writing, in each text; the tilde is rare, so a search is quick.
    static let stamp = Needle("~stamp:")
    /// What it puts before the time it read the prompt, in `system/init`.
    static let read = Needle("~read:")
    static let textDelta = Needle("\"text_delta\"")
    /// A whole message: all there is for a reader that came when its previews had been superseded.
    static let wholeMessage = Needle("\"type\":\"agent.assistant\"")
    static let result = Needle("\"type\":\"result\"")
    static let turnEnded = Needle("\"type\":\"turn.ended\"")
    static let synced = Needle("\"type\":\"stream.synced\"")
    /// In the state that a start from hibernation has led to.
    static let wake = Needle("\"wake_ms\":")
    static let controlResponse = Needle("\"type\":\"control_response\"")

    private let bytes: StaticString

    init(_ text: StaticString) {
        self.bytes = text
    }

    var count: Int { self.bytes.utf8CodeUnitCount }

    /// Where it begins, if it is there.
    func position(in message: UnsafeRawBufferPointer) -> Int? {
        guard let base = message.baseAddress, message.count >= self.count else { return nil }
        let end = message.count - self.count
        var place = 0
        while place <= end, let found = memchr(base + place, Int32(self.bytes.utf8Start.pointee), end - place + 1) {
            place = base.distance(to: UnsafeRawPointer(found))
            if memcmp(base + place, self.bytes.utf8Start, self.count) == 0 { return place }
            place += 1
        }
        return nil
    }

    /// The decimal number at a place; 0 if there is none.
    static func number(in message: UnsafeRawBufferPointer, at place: Int) -> Int {
        var number = 0
        for byte in message.dropFirst(place) {
            guard case 0x30...0x39 = byte else { break }
            number = number * 10 + Int(byte - 0x30)
        }
        return number
    }
}
